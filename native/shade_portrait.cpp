#include "shade_portrait.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "shade_isa.h"
#include "shade_parallel.h"

namespace shade {

namespace {

float dot3(const float* a, const float* b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

// y = M x for the rows of a 3 x 4 matrix; `shift` 0 turns directions.
void transform(const float* matrix, const float* x, float shift, float* y) {
    for (int row = 0; row < 3; ++row) y[row] = dot3(matrix + 4 * row, x) + shift * matrix[4 * row + 3];
}

constexpr int32_t PIECE = 1024;

}  // namespace

void Portrait::move_vertices(const Pose& pose, const Frame& frame) {
    int32_t count = static_cast<int32_t>(records.size() / RECORD);
    positions_.resize(static_cast<size_t>(count) * 3 + 1);
    hair_light_.resize(hair_vertices.empty() ? 0 : records.size());
    screen_.resize(static_cast<size_t>(count) * 4);
    light_places_.resize(static_cast<size_t>(count) * 4);
    static_assert(OCCLUSION == IRRADIANCE + 3);
    for (size_t at = 0; pose.light != nullptr && at < moving_light.size(); ++at)
        std::memcpy(records.data() + RECORD * static_cast<int64_t>(moving_light[at]) + IRRADIANCE, pose.light + 4 * at, 16);
    parallel_for((count + PIECE - 1) / PIECE, [&](int64_t piece) {
        int32_t stop = std::min(count, static_cast<int32_t>(piece + 1) * PIECE);
        for (int32_t vertex = static_cast<int32_t>(piece) * PIECE; vertex < stop; ++vertex) {
            float* place = positions_.data() + 3 * static_cast<int64_t>(vertex);
            float* record = records.data() + RECORD * static_cast<int64_t>(vertex);
            float second_crease = 0.0f;
            if (vertex < head_vertices) {
                std::memcpy(place, pose.head_positions + 3 * static_cast<int64_t>(vertex), 12);
                std::memcpy(record + NORMAL, pose.head_normals + 3 * static_cast<int64_t>(vertex), 12);
                if (pose.creases != nullptr) {
                    record[COVER] = pose.creases[2 * static_cast<int64_t>(vertex)];
                    second_crease = pose.creases[2 * static_cast<int64_t>(vertex) + 1];
                }
            } else {
                const float* attached = rest.data() + 12 * static_cast<int64_t>(vertex - head_vertices);
                float weight = attached[9], matrix[12];
                for (int k = 0; k < 12; ++k) matrix[k] = pose.torso[k] + (pose.head[k] - pose.torso[k]) * weight;
                transform(matrix, attached, 1.0f, place);
                transform(matrix, attached + 3, 0.0f, record + NORMAL);
                transform(matrix, attached + 6, 0.0f, record + TANGENT);
            }
            float offset[3] = {place[0] - frame.eye[0], place[1] - frame.eye[1], place[2] - frame.eye[2]};
            float depth = dot3(frame.forward, offset);
            float* screen = screen_.data() + 4 * static_cast<int64_t>(vertex);
            float nearness = depth > 0.01f ? 1.0f / depth : 0.0f;
            screen[0] = dot3(frame.right, offset) * nearness * frame.focal[0] + frame.centre[0];
            screen[1] = dot3(frame.down, offset) * nearness * frame.focal[0] + frame.centre[1];
            screen[2] = nearness, screen[3] = second_crease;
            transform(frame.shadow_matrix, place, 1.0f, light_places_.data() + 4 * static_cast<int64_t>(vertex));
        }
    });
}

void Portrait::cast_shadow() {
    shadow_.resize(static_cast<size_t>(shadow_size) * shadow_size);
    BinRequest request;
    request.places = light_places_.data(), request.triangles = triangles.data();
    request.chosen = casters.data(), request.count = static_cast<int32_t>(casters.size());
    request.width = request.height = shadow_size, request.tile = 64, request.perspective = false;
    bin_triangles(request, shadow_bins_);
    int32_t blocks = shadow_blocks(shadow_size);
    std::vector<float> own(static_cast<size_t>(blocks) * blocks);
    DepthMap map{light_places_.data(), triangles.data(), shadow_.data(), shadow_size, 64, own.data()};
    CastTile cast = kernels().cast_tile;
    parallel_for(shadow_bins_.tiles_x * shadow_bins_.tiles_y,
                 [&](int64_t tile) { cast(map, shadow_bins_, static_cast<int32_t>(tile)); });
    // The border is lit: what lies outside of the map has no caster.
    for (int32_t at = 0; at < shadow_size; ++at) {
        shadow_[at] = shadow_[static_cast<size_t>(shadow_size - 1) * shadow_size + at] = NO_CASTER;
        shadow_[static_cast<size_t>(at) * shadow_size] = shadow_[static_cast<size_t>(at) * shadow_size + shadow_size - 1] =
            NO_CASTER;
    }
    shadow_blocks_.assign(own.size(), NO_CASTER);
    for (int32_t y = 0; y < blocks; ++y)
        for (int32_t x = 0; x < blocks; ++x)
            for (int32_t row = std::max(y - 1, 0); row <= std::min(y + 1, blocks - 1); ++row)
                for (int32_t column = std::max(x - 1, 0); column <= std::min(x + 1, blocks - 1); ++column)
                    shadow_blocks_[y * blocks + x] = std::max(shadow_blocks_[y * blocks + x], own[row * blocks + column]);
}

void Portrait::choose_lit_vertices() {
    size_t count = records.size() / RECORD;
    lit_.assign(count, ASK_POINTS);
    lit_vertices.clear(), hair_vertices.clear();
    std::vector<bool> taken(coarse.begin(), coarse.end()), is_hair(count, false);
    auto take = [&](int32_t first, int32_t stop) {
        for (int32_t number = first; number < stop; ++number) {
            const int32_t* corners = triangles.data() + 4 * static_cast<int64_t>(number);
            int32_t kind = surfaces[corners[3]].kind;
            for (int k = 0; k < 3 && (kind == SKIN || kind == CLOTH || kind == HAIR); ++k) {
                if (taken[corners[k]] && (kind != HAIR || is_hair[corners[k]])) continue;
                taken[corners[k]] = true;
                lit_vertices.push_back({corners[k], KEY_BIAS_M[kind], kind == HAIR ? 0.0f : 1.0f});
                if (kind == HAIR) is_hair[corners[k]] = true, hair_vertices.push_back(corners[k]);
            }
        }
    };
    take(0, seen_count);
    take(solid_count, front_count);
    lit_seen_count = static_cast<int32_t>(lit_vertices.size());
    hair_seen_count = static_cast<int32_t>(hair_vertices.size());
    take(seen_count, solid_count);
    take(front_count, static_cast<int32_t>(triangles.size() / 4));
}

void Portrait::light_by_key(const View& view, bool from_anywhere) {
    KeyRequest request{&view, light_places_.data(), lit_vertices.data(), lit_.data()};
    int32_t count = from_anywhere ? static_cast<int32_t>(lit_vertices.size()) : lit_seen_count;
    LightVertices light = kernels().light_vertices;
    parallel_for((count + PIECE - 1) / PIECE, [&](int64_t piece) {
        int32_t first = static_cast<int32_t>(piece) * PIECE;
        light(request, first, std::min(count, first + PIECE));
    });
}

void Portrait::light_hair(const View& view, bool from_anywhere) {
    HairRequest request{&view, positions_.data(), hair_vertices.data(), hair_light_.data()};
    int32_t count = from_anywhere ? static_cast<int32_t>(hair_vertices.size()) : hair_seen_count;
    LightHair light = kernels().light_hair;
    parallel_for((count + PIECE - 1) / PIECE, [&](int64_t piece) {
        int32_t first = static_cast<int32_t>(piece) * PIECE;
        light(request, first, std::min(count, first + PIECE));
    });
}

// Where the lids cover each eye, seen from the front in the skull's frame, blurred to about two millimetres: contact
// shadow, tear line and blink all follow from it.
void Portrait::map_lids(const Pose& pose, const Frame& frame) {
    constexpr int SIZE = LID_MAP;
    lids_.assign(2 * SIZE * SIZE, 0.0f);
    parallel_for(2, [&](int64_t side) {
        float* map = lids_.data() + side * SIZE * SIZE;
        const float* centre = frame.eye_centres + 3 * side;
        const float* r = frame.head_rotation;
        float scale = SIZE * 0.5f / frame.lid_extent[0];
        auto local = [&](int32_t vertex, float* out) {
            const float* p = pose.head_positions + 3 * static_cast<int64_t>(vertex);
            float d[3] = {p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]};
            out[0] = (d[0] * r[0] + d[1] * r[3] + d[2] * r[6]) * scale + SIZE * 0.5f;
            out[1] = (d[0] * r[1] + d[1] * r[4] + d[2] * r[7]) * scale + SIZE * 0.5f;
            out[2] = d[0] * r[2] + d[1] * r[5] + d[2] * r[8];
        };
        const std::vector<int32_t>& corners = lid_triangles[side];
        for (size_t at = 0; at + 2 < corners.size(); at += 3) {
            float a[3], b[3], c[3];
            local(corners[at], a), local(corners[at + 1], b), local(corners[at + 2], c);
            float area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
            // Only what faces the front covers the eye (map y points up, so fronts are positive).
            if (!(area > 1e-6f) || std::min({a[2], b[2], c[2]}) < 0.0f) continue;
            float inverse = 1.0f / area;
            int left = std::max(0, static_cast<int>(std::min({a[0], b[0], c[0]})));
            int right = std::min(SIZE - 1, static_cast<int>(std::max({a[0], b[0], c[0]})));
            int bottom = std::max(0, static_cast<int>(std::min({a[1], b[1], c[1]})));
            int top = std::min(SIZE - 1, static_cast<int>(std::max({a[1], b[1], c[1]})));
            for (int y = bottom; y <= top; ++y)
                for (int x = left; x <= right; ++x) {
                    float dx = static_cast<float>(x) + 0.5f - a[0], dy = static_cast<float>(y) + 0.5f - a[1];
                    float w1 = (dx * (c[1] - a[1]) - (c[0] - a[0]) * dy) * inverse;
                    float w2 = ((b[0] - a[0]) * dy - dx * (b[1] - a[1])) * inverse;
                    if (w1 >= -1e-4f && w2 >= -1e-4f && w1 + w2 <= 1.0001f) map[y * SIZE + x] = 1.0f;
                }
        }
        // Three box blurs each way are close to a Gaussian. The outermost texels go on outside.
        constexpr int REACH = 2, WIDTH = 2 * REACH + 1;
        float padded[(SIZE + 2 * REACH) * SIZE];
        for (int pass = 0; pass < 3; ++pass) {
            for (int row = 0; row < SIZE; ++row) {
                float* own = map + row * SIZE;
                std::fill(padded, padded + REACH, own[0]);
                std::copy(own, own + SIZE, padded + REACH);
                std::fill(padded + REACH + SIZE, padded + 2 * REACH + SIZE, own[SIZE - 1]);
                for (int at = 0; at < SIZE; ++at) {
                    float sum = 0.0f;
                    for (int k = 0; k < WIDTH; ++k) sum += padded[at + k];
                    own[at] = sum * (1.0f / WIDTH);
                }
            }
            for (int row = -REACH; row < SIZE + REACH; ++row)
                std::copy_n(map + std::clamp(row, 0, SIZE - 1) * SIZE, SIZE, padded + (row + REACH) * SIZE);
            for (int row = 0; row < SIZE; ++row)
                for (int at = 0; at < SIZE; ++at) {
                    float sum = 0.0f;
                    for (int k = 0; k < WIDTH; ++k) sum += padded[(row + k) * SIZE + at];
                    map[row * SIZE + at] = sum * (1.0f / WIDTH);
                }
        }
    });
}

// The part of the image in which something behind the lips can be seen: what the inner lips enclose, and a little more.
void Portrait::frame_mouth(const Frame& frame, BinRequest& request) const {
    constexpr float MARGIN_M = 0.003f;
    Window& window = request.between_lips;
    for (int32_t vertex : lips) {
        const float* screen = screen_.data() + 4 * static_cast<int64_t>(vertex);
        if (!(screen[2] > 0.0f)) return;
        float margin = MARGIN_M * frame.focal[0] * screen[2] + 1.0f;
        if (!request.only_between_lips) window = {1e9f, -1e9f, 1e9f, -1e9f};
        request.only_between_lips = true;
        window.left = std::min(window.left, screen[0] - margin), window.right = std::max(window.right, screen[0] + margin);
        window.top = std::min(window.top, screen[1] - margin), window.bottom = std::max(window.bottom, screen[1] + margin);
    }
}

Portrait::Timing Portrait::draw(const Pose& pose, const Frame& frame, const uint8_t* background, uint8_t* image,
                                int32_t width, int32_t height) {
    using Clock = std::chrono::steady_clock;
    auto ms = [](Clock::time_point from, Clock::time_point to) {
        return std::chrono::duration<double, std::milli>(to - from).count();
    };
    Clock::time_point began = Clock::now();
    move_vertices(pose, frame);
    if (!lid_triangles[0].empty()) map_lids(pose, frame);
    Clock::time_point moved = Clock::now();
    cast_shadow();
    View view;
    view.frame = &frame, view.surfaces = surfaces.data(), view.records = records.data(), view.screen = screen_.data();
    view.triangles = triangles.data(), view.surface_of = surface_of.data(), view.shadow_map = shadow_.data(), view.shadow_size = shadow_size;
    view.skin_table = skin_table.data(), view.lid_maps = lids_.data(), view.width = width, view.height = height;
    view.shadow_blocks = shadow_blocks_.data(), view.lit = lit_.data();
    view.hair_light = hair_light_.data();
    view.background = background, view.image = image;
    light_by_key(view, pose.from_anywhere);
    light_hair(view, pose.from_anywhere);
    Clock::time_point shadowed = Clock::now();
    BinRequest request;
    request.places = screen_.data(), request.triangles = triangles.data(), request.surfaces = surfaces.data();
    request.width = width, request.height = height, request.count = pose.from_anywhere ? solid_count : seen_count;
    if (!pose.from_anywhere) frame_mouth(frame, request);
    bin_triangles(request, solid_bins_);
    int32_t last = pose.from_anywhere ? static_cast<int32_t>(triangles.size() / 4) : front_count;
    request.first = solid_count, request.count = last - solid_count;
    bin_triangles(request, layer_bins_);
    Clock::time_point binned = Clock::now();

    DrawTile draw_tile = kernels().draw_tile;
    parallel_for(solid_bins_.tiles_x * solid_bins_.tiles_y, [&](int64_t tile) {
        draw_tile(view, solid_bins_, layer_bins_, static_cast<int32_t>(tile));
    });
    Clock::time_point drawn = Clock::now();
    return {ms(began, moved), ms(moved, shadowed), ms(shadowed, binned), ms(binned, drawn)};
}

}  // namespace shade
