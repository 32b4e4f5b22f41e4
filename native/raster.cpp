#include "raster.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "cpu.h"
#include "pool.h"

namespace avatron::raster {

namespace {

// Where a vertex is drawn. `outside` has a bit for each plane that it lies beyond.
struct Corner {
    int32_t x, y;  // 1/256 pixel
    float w;       // 1 / depth
    uint32_t outside;
};

struct Point {
    double x, y, z;  // camera space, metres
};

constexpr int PLANES = 5;

// Signed distances to the near plane and the four sides of the guard band; below zero is outside.
inline void distances(const Camera& camera, const Point& point, double* distance) {
    const double x = camera.focal * point.x + camera.centre_x * point.z;
    const double y = camera.focal * point.y + camera.centre_y * point.z;
    distance[0] = point.z - camera.near;
    distance[1] = GUARD * point.z + x;
    distance[2] = GUARD * point.z - x;
    distance[3] = GUARD * point.z + y;
    distance[4] = GUARD * point.z - y;
}

inline Corner project(const Camera& camera, const Point& point) {
    const double w = 1.0 / point.z;
    return {static_cast<int32_t>(std::nearbyint((camera.focal * point.x * w + camera.centre_x) * SUBPIXEL)),
            static_cast<int32_t>(std::nearbyint((camera.focal * point.y * w + camera.centre_y) * SUBPIXEL)),
            static_cast<float>(w), 0};
}

inline Point point_of(const Mesh& mesh, int32_t vertex) {
    const float* position = mesh.position + 3 * static_cast<int64_t>(vertex);
    return {position[0], position[1], position[2]};
}

// Sets up a triangle; false where it covers no pixel's centre or is seen from behind and left out.
inline bool set_up(const Camera& camera, const Corner* corner, int32_t triangle, bool cull, Record& record) {
    int64_t area = static_cast<int64_t>(corner[1].x - corner[0].x) * (corner[2].y - corner[0].y) -
                   static_cast<int64_t>(corner[1].y - corner[0].y) * (corner[2].x - corner[0].x);
    // Pixel y goes down, so counter-clockwise corners have a negative area.
    if (area == 0 || (cull && area > 0)) return false;
    const int second = area > 0 ? 1 : 2, third = 3 - second;
    area = std::abs(area);
    const Corner order[3] = {corner[0], corner[second], corner[third]};

    const auto [min_x, max_x] = std::minmax({order[0].x, order[1].x, order[2].x});
    const auto [min_y, max_y] = std::minmax({order[0].y, order[1].y, order[2].y});
    constexpr int32_t half = SUBPIXEL / 2;
    const int32_t left = std::max((min_x - half + SUBPIXEL - 1) >> 8, 0);
    const int32_t top = std::max((min_y - half + SUBPIXEL - 1) >> 8, 0);
    const int32_t right = std::min((max_x - half) >> 8, camera.width - 1);
    const int32_t bottom = std::min((max_y - half) >> 8, camera.height - 1);
    if (left > right || top > bottom) return false;

    for (int i = 0; i < 3; ++i) {
        const Corner& from = order[i == 2 ? 0 : i + 1];
        const Corner& to = order[i == 0 ? 2 : i - 1];
        const int32_t along_x = to.x - from.x, along_y = to.y - from.y;
        record.step_x[i] = -along_y;
        record.step_y[i] = along_x;
        const bool top_or_left = along_y < 0 || (along_y == 0 && along_x > 0);
        const int64_t value = static_cast<int64_t>(-along_y) * (half - from.x) +
                              static_cast<int64_t>(along_x) * (half - from.y) - (top_or_left ? 0 : 1);
        // A pixel is 256 units, so all centres agree in the low eight bits: they can be dropped at once.
        record.edge[i] = value >> 8;
        record.corner_x[i] = order[i].x;
        record.corner_y[i] = order[i].y;
        record.corner_w[i] = order[i].w;
    }
    double slope_x = 0.0, slope_y = 0.0;
    for (int i = 0; i < 3; ++i) {
        slope_x += static_cast<double>(record.step_x[i]) * order[i].w;
        slope_y += static_cast<double>(record.step_y[i]) * order[i].w;
    }
    const double scale = static_cast<double>(SUBPIXEL) / static_cast<double>(area);
    record.slope_x = static_cast<float>(slope_x * scale);
    record.slope_y = static_cast<float>(slope_y * scale);
    record.inverse_depth = order[0].w + static_cast<double>(record.slope_x) * (half - order[0].x) / SUBPIXEL +
                           static_cast<double>(record.slope_y) * (half - order[0].y) / SUBPIXEL;
    record.low = std::min({order[0].w, order[1].w, order[2].w});
    record.high = std::max({order[0].w, order[1].w, order[2].w});
    record.left = static_cast<int16_t>(left);
    record.top = static_cast<int16_t>(top);
    record.right = static_cast<int16_t>(right);
    record.bottom = static_cast<int16_t>(bottom);
    record.triangle = triangle;
    record.second = static_cast<int16_t>(second);
    record.third = static_cast<int16_t>(third);
    record.clipped = nullptr;
    return true;
}

struct ClipPoint {
    Point point;
    double share[3];  // barycentrics in the whole triangle
    int32_t vertex;   // of the mesh, or -1 where an edge was cut
};

// Sutherland and Hodgman (1974). An edge is always cut from its inner end, so both its triangles get the same point.
int clip(const Camera& camera, ClipPoint* polygon) {
    ClipPoint next[3 + PLANES];
    int count = 3;
    for (int plane = 0; plane < PLANES && count > 0; ++plane) {
        int kept = 0;
        for (int i = 0; i < count; ++i) {
            const ClipPoint& here = polygon[i];
            const ClipPoint& there = polygon[i + 1 == count ? 0 : i + 1];
            double here_distance[PLANES], there_distance[PLANES];
            distances(camera, here.point, here_distance);
            distances(camera, there.point, there_distance);
            const bool here_in = here_distance[plane] >= 0.0, there_in = there_distance[plane] >= 0.0;
            if (here_in) next[kept++] = here;
            if (here_in == there_in) continue;
            const ClipPoint& inner = here_in ? here : there;
            const ClipPoint& outer = here_in ? there : here;
            const double inner_distance = here_in ? here_distance[plane] : there_distance[plane];
            const double outer_distance = here_in ? there_distance[plane] : here_distance[plane];
            const double part = inner_distance / (inner_distance - outer_distance);
            ClipPoint& cut = next[kept++];
            cut.point = {inner.point.x + part * (outer.point.x - inner.point.x),
                         inner.point.y + part * (outer.point.y - inner.point.y),
                         inner.point.z + part * (outer.point.z - inner.point.z)};
            // Rounding must not put the cut behind the plane again.
            if (plane == 0) cut.point.z = camera.near;
            for (int j = 0; j < 3; ++j) cut.share[j] = inner.share[j] + part * (outer.share[j] - inner.share[j]);
            cut.vertex = -1;
        }
        std::copy(next, next + kept, polygon);
        count = kept;
    }
    return count;
}

// What one range of triangles leaves for the tiles.
struct Range {
    std::vector<Record> pieces;
    std::vector<float> shares;     // [pieces, 3, 3]
    std::vector<int32_t> drawn;    // members in order
    std::vector<int32_t> start;    // [tiles + 1]
    std::vector<int32_t> member;
};

// Kept from call to call: fresh memory would cost more than the drawing.
struct Workspace {
    std::vector<Corner> corners;
    std::unique_ptr<Record[]> records;  // not initialised
    int64_t record_count = 0;
    std::vector<Range> ranges;
    std::vector<Record> pieces;
    std::vector<Bin> bins;
};

void clip_triangle(const Camera& camera, const Mesh& mesh, const std::vector<Corner>& corners, int32_t triangle,
                   Range& range) {
    ClipPoint polygon[3 + PLANES];
    for (int i = 0; i < 3; ++i) {
        const int32_t vertex = mesh.triangle[3 * static_cast<int64_t>(triangle) + i];
        polygon[i] = {point_of(mesh, vertex), {0.0, 0.0, 0.0}, vertex};
        polygon[i].share[i] = 1.0;
    }
    const int count = clip(camera, polygon);
    Corner drawn[3 + PLANES];
    for (int i = 0; i < count; ++i)
        drawn[i] = polygon[i].vertex >= 0 ? corners[polygon[i].vertex] : project(camera, polygon[i].point);
    for (int i = 1; i + 1 < count; ++i) {
        const int fan[3] = {0, i, i + 1};
        const Corner corner[3] = {drawn[0], drawn[i], drawn[i + 1]};
        Record record;
        if (!set_up(camera, corner, triangle, mesh.cull, record)) continue;
        // The record's corners may be in another order than the fan's.
        const int order[3] = {0, record.second, record.third};
        for (int j : order)
            for (double share : polygon[fan[j]].share)
                range.shares.push_back(std::clamp(static_cast<float>(share), 0.0f, 1.0f));
        range.drawn.push_back(-1 - static_cast<int32_t>(range.pieces.size()));
        range.pieces.push_back(record);
    }
}

void sort_by_tile(const Record* records, int32_t tiles_x, int32_t tiles, Range& range) {
    range.start.assign(tiles + 1, 0);
    const auto for_each_tile = [&](int32_t member, auto visit) {
        const Record& record = member >= 0 ? records[member] : range.pieces[-1 - member];
        for (int32_t row = record.top / TILE; row <= record.bottom / TILE; ++row)
            for (int32_t column = record.left / TILE; column <= record.right / TILE; ++column)
                visit(row * tiles_x + column);
    };
    for (int32_t member : range.drawn) for_each_tile(member, [&](int32_t tile) { ++range.start[tile + 1]; });
    for (int32_t tile = 0; tile < tiles; ++tile) range.start[tile + 1] += range.start[tile];
    range.member.resize(range.start[tiles]);
    for (int32_t member : range.drawn)
        for_each_tile(member, [&](int32_t tile) { range.member[range.start[tile]++] = member; });
    // Filling has moved each start to the next one.
    for (int32_t tile = tiles; tile > 0; --tile) range.start[tile] = range.start[tile - 1];
    range.start[0] = 0;
}

DrawTile chosen_draw_tile() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (active_instruction_set() == InstructionSet::avx512) return avx512::draw_tile;
    if (active_instruction_set() == InstructionSet::avx2) return avx2::draw_tile;
#endif
    return portable::draw_tile;
}

}  // namespace

void draw(const Camera& camera, const Mesh& mesh, const Picture& picture) {
    thread_local Workspace kept;
    Workspace& work = kept;  // the lambdas below run on other threads, which have a `kept` of their own
    work.corners.resize(mesh.vertices);
    parallel_for(mesh.vertices, 4096, [&](int64_t begin, int64_t end) {
        for (int64_t v = begin; v < end; ++v) {
            const Point point = point_of(mesh, static_cast<int32_t>(v));
            double distance[PLANES];
            distances(camera, point, distance);
            uint32_t outside = 0;
            for (int plane = 0; plane < PLANES; ++plane) outside |= (distance[plane] < 0.0 ? 1u : 0u) << plane;
            if (outside == 0)
                work.corners[v] = project(camera, point);
            else
                work.corners[v].outside = outside;
        }
    });

    if (work.record_count < mesh.triangles) {
        work.records.reset(new Record[mesh.triangles]);
        work.record_count = mesh.triangles;
    }
    const int32_t tiles_x = (camera.width + TILE - 1) / TILE;
    const int32_t tiles = tiles_x * ((camera.height + TILE - 1) / TILE);
    const int64_t length = std::max<int64_t>(2048, (mesh.triangles + 63) / 64);
    const int64_t range_count = (mesh.triangles + length - 1) / length;
    if (static_cast<int64_t>(work.ranges.size()) < range_count) work.ranges.resize(range_count);
    parallel_for(range_count, 1, [&](int64_t number, int64_t) {
        Range& range = work.ranges[number];
        range.pieces.clear();
        range.shares.clear();
        range.drawn.clear();
        const int64_t end = std::min((number + 1) * length, mesh.triangles);
        for (int64_t k = number * length; k < end; ++k) {
            const int32_t* vertex = mesh.triangle + 3 * k;
            const Corner corner[3] = {work.corners[vertex[0]], work.corners[vertex[1]], work.corners[vertex[2]]};
            if ((corner[0].outside & corner[1].outside & corner[2].outside) != 0) continue;
            if ((corner[0].outside | corner[1].outside | corner[2].outside) != 0)
                clip_triangle(camera, mesh, work.corners, static_cast<int32_t>(k), range);
            else if (set_up(camera, corner, static_cast<int32_t>(k), mesh.cull, work.records[k]))
                range.drawn.push_back(static_cast<int32_t>(k));
        }
        sort_by_tile(work.records.get(), tiles_x, tiles, range);
    });

    work.bins.resize(range_count);
    work.pieces.clear();
    for (int64_t number = 0; number < range_count; ++number) {
        Range& range = work.ranges[number];
        work.bins[number] = {range.start.data(), range.member.data(), static_cast<int32_t>(work.pieces.size())};
        for (size_t piece = 0; piece < range.pieces.size(); ++piece) {
            work.pieces.push_back(range.pieces[piece]);
            work.pieces.back().clipped = range.shares.data() + 9 * piece;
        }
    }
    const Scene scene{work.records.get(), work.pieces.data(), work.bins.data(), static_cast<int32_t>(range_count),
                      tiles_x,            camera.width,       camera.height,    picture};
    const DrawTile draw_tile = chosen_draw_tile();
    parallel_for(tiles, 2, [&](int64_t begin, int64_t end) {
        for (int64_t tile = begin; tile < end; ++tile) draw_tile(scene, static_cast<int32_t>(tile));
    });
}

}  // namespace avatron::raster
