// Draws one tile: visibility at four samples a pixel, shading once per surface that a pixel shows, then the soft
// layers (hair, lashes), the tone curve and the background. Included once per instruction set.
#pragma once

#include <algorithm>
#include <memory>

#include "shade_surfaces.h"

namespace SHADE_NAMESPACE {

using shade::RECORD;
using shade::SAMPLES;
using shade::TILE;
using shade::TileBins;

constexpr int PIXELS = TILE * TILE;
constexpr int MOST_ITEMS = PIXELS * SAMPLES;
constexpr int MOST_LAYERS = PIXELS * 24;

// Rotated grid: no two samples share a row or a column, so near-vertical and near-horizontal edges get four steps.
constexpr float SAMPLE_X[SAMPLES] = {0.375f, 0.875f, 0.125f, 0.625f};
constexpr float SAMPLE_Y[SAMPLES] = {0.125f, 0.375f, 0.625f, 0.875f};

// A point to be shaded: triangle, place on the image and the share of the pixel that it stands for.
struct Items {
    int32_t triangle[MOST_ITEMS + LANES];
    float x[MOST_ITEMS + LANES];
    float y[MOST_ITEMS + LANES];
    float weight[MOST_ITEMS + LANES];
    int32_t pixel[MOST_ITEMS + LANES];
};

struct Scratch {
    alignas(64) float nearness[PIXELS * SAMPLES];  // 1 / depth of what is seen
    alignas(64) int32_t seen[PIXELS * SAMPLES];    // its triangle, or -1
    alignas(64) float red[PIXELS], green[PIXELS], blue[PIXELS], cover[PIXELS];
    Items found;
    int32_t order[MOST_ITEMS + LANES];
    // Layers: fragments in the order of their triangles.
    int32_t layer_triangle[MOST_LAYERS + LANES];
    int32_t layer_pixel[MOST_LAYERS + LANES];
    float layer_nearness[MOST_LAYERS];
    float layer_u[MOST_LAYERS + LANES], layer_v[MOST_LAYERS + LANES], layer_cover[MOST_LAYERS + LANES];
    float layer_alpha[MOST_LAYERS + LANES];
    float layer_weight[MOST_LAYERS];     // share of the pixel that it makes up, seen through what is before it
    uint8_t layer_samples[MOST_LAYERS];  // bits: the samples it covers
    float layer_red[MOST_LAYERS + LANES], layer_green[MOST_LAYERS + LANES], layer_blue[MOST_LAYERS + LANES];
    int32_t layer_order[MOST_LAYERS];
    int32_t layer_visible[MOST_LAYERS + LANES];
    int32_t layer_start[PIXELS + 1];
};

struct TileArea {
    int left, top, width, height;
};

// The planes of the two barycentric weights and of 1 / depth over a tile; false for triangles without area.
struct Planes {
    float w1[3], w2[3], nearness[3];  // per pixel right, per pixel down, at the tile's corner
    int first_x, last_x, first_y, last_y;

    bool fill(const float* a, const float* b, const float* c, const TileArea& area) {
        float ax = a[0] - area.left, ay = a[1] - area.top, bx = b[0] - area.left, by = b[1] - area.top;
        float cx = c[0] - area.left, cy = c[1] - area.top;
        float double_area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
        if (!(double_area > 1e-9f || double_area < -1e-9f)) return false;
        float inverse = 1.0f / double_area;
        w1[0] = (cy - ay) * inverse, w1[1] = (ax - cx) * inverse, w1[2] = -(ax * w1[0] + ay * w1[1]);
        w2[0] = (ay - by) * inverse, w2[1] = (bx - ax) * inverse, w2[2] = -(ax * w2[0] + ay * w2[1]);
        for (int k = 0; k < 3; ++k) nearness[k] = w1[k] * (b[2] - a[2]) + w2[k] * (c[2] - a[2]);
        nearness[2] += a[2];
        float low_x = std::min({ax, bx, cx}), high_x = std::max({ax, bx, cx});
        float low_y = std::min({ay, by, cy}), high_y = std::max({ay, by, cy});
        first_x = std::max(0, static_cast<int>(std::max(low_x, 0.0f)));
        first_y = std::max(0, static_cast<int>(std::max(low_y, 0.0f)));
        last_x = static_cast<int>(std::min(high_x, static_cast<float>(area.width - 1)));
        last_y = static_cast<int>(std::min(high_y, static_cast<float>(area.height - 1)));
        return high_x >= 0.0f && high_y >= 0.0f && first_x <= last_x && first_y <= last_y;
    }
};

SHADE_INLINE F plane_at(const float* plane, F x, F y) { return plane[0] * x + (plane[1] * y + plane[2]); }
SHADE_INLINE float plane_at(const float* plane, float x, float y) {
    return plane[0] * x + (plane[1] * y + plane[2]);
}

// One field of the vertex records over a triangle, perspective correct: field / depth is a plane on the image.
struct FieldPlane {
    float plane[3], low, high;

    void fill(const View& view, const Planes& planes, const int32_t* corners, int field) {
        float value[3], scaled[3];
        for (int k = 0; k < 3; ++k) {
            value[k] = view.records[RECORD * static_cast<int64_t>(corners[k]) + field];
            scaled[k] = value[k] * view.screen[4 * static_cast<int64_t>(corners[k]) + 2];
        }
        for (int k = 0; k < 3; ++k)
            plane[k] = planes.w1[k] * (scaled[1] - scaled[0]) + planes.w2[k] * (scaled[2] - scaled[0]);
        plane[2] += scaled[0];
        low = std::min({value[0], value[1], value[2]}), high = std::max({value[0], value[1], value[2]});
    }

    // A point between the samples may lie just outside of its triangle: never beyond what the corners have.
    float at(float x, float y, float depth) const { return std::clamp(plane_at(plane, x, y) * depth, low, high); }
};

// Small slack, so that no sample falls between two triangles that share an edge.
constexpr float INSIDE = -2e-5f;

// A vector covers four pixels of a row with their four samples.
SHADE_INLINE void sample_offsets(F& x, F& y) {
    for (int lane = 0; lane < LANES; ++lane) {
        x[lane] = static_cast<float>(lane / SAMPLES) + SAMPLE_X[lane % SAMPLES];
        y[lane] = SAMPLE_Y[lane % SAMPLES];
    }
}

static void see_triangles(const View& view, const TileBins& solid, int32_t tile, const TileArea& area, Scratch& scratch) {
    F offset_x, offset_y;
    sample_offsets(offset_x, offset_y);
    Planes planes;
    for (int32_t at = solid.start[tile]; at < solid.start[tile + 1]; ++at) {
        int32_t number = solid.members[at];
        const int32_t* corners = view.triangles + 4 * static_cast<int64_t>(number);
        if (!planes.fill(view.screen + 4 * corners[0], view.screen + 4 * corners[1], view.screen + 4 * corners[2], area))
            continue;
        F base1 = plane_at(planes.w1, offset_x, offset_y), base2 = plane_at(planes.w2, offset_x, offset_y);
        F base_near = plane_at(planes.nearness, offset_x, offset_y);
        I identity = set1i(number);
        for (int y = planes.first_y; y <= planes.last_y; ++y) {
            float row = static_cast<float>(y);
            for (int x = planes.first_x & ~3; x <= planes.last_x; x += 4) {
                float column = static_cast<float>(x);
                F w1 = base1 + (planes.w1[0] * column + planes.w1[1] * row);
                F w2 = base2 + (planes.w2[0] * column + planes.w2[1] * row);
                F near = base_near + (planes.nearness[0] * column + planes.nearness[1] * row);
                int place = (y * TILE + x) * SAMPLES;
                keep_nearest(w1, w2, near, INSIDE, identity, scratch.nearness + place, scratch.seen + place);
            }
        }
    }
}

// Turns the samples into as few points to shade as the picture allows: one per pixel inside of a surface, one per
// surface at edges, every sample in the eyes (where the finest detail is).
static int find_items(const View& view, const TileArea& area, Scratch& scratch) {
    Items& items = scratch.found;
    int count = 0;
    float pixels_3 = 3.0f / view.frame->focal[0];  // three pixels at depth 1
    for (int y = 0; y < area.height; ++y) {
        for (int x = 0; x < area.width; ++x) {
            int pixel = y * TILE + x;
            const int32_t* seen = scratch.seen + pixel * SAMPLES;
            const float* near = scratch.nearness + pixel * SAMPLES;
            if ((seen[0] & seen[1] & seen[2] & seen[3]) == -1) continue;
            float left = static_cast<float>(area.left + x), top = static_cast<float>(area.top + y);
            if (((seen[0] ^ seen[1]) | (seen[0] ^ seen[2]) | (seen[0] ^ seen[3])) == 0 &&
                view.surfaces[view.surface_of[seen[0]]].kind != shade::EYE) {
                // The samples' mean is the pixel's middle.
                items.triangle[count] = seen[0], items.pixel[count] = pixel, items.weight[count] = 1.0f;
                items.x[count] = left + 0.5f, items.y[count] = top + 0.5f;
                ++count;
                continue;
            }
            bool done[SAMPLES] = {seen[0] < 0, seen[1] < 0, seen[2] < 0, seen[3] < 0};
            for (int first = 0; first < SAMPLES; ++first) {
                if (done[first]) continue;
                int32_t surface = view.surface_of[seen[first]];
                int32_t kind = view.surfaces[surface].kind;
                float sum_x = SAMPLE_X[first], sum_y = SAMPLE_Y[first];
                int members = 1;
                if (kind != shade::EYE) {
                    // Same surface and no jump in depth: 1.5 mm, or three pixels' worth where pixels are coarse.
                    // In nearness, 1 / depth: a step of d at depth 1 / n changes it by d * n * n.
                    float jump = std::max(0.0015f * near[first], pixels_3) * near[first];
                    for (int other = first + 1; other < SAMPLES; ++other) {
                        if (done[other]) continue;
                        if (seen[other] != seen[first]) {
                            if (view.surface_of[seen[other]] != surface) continue;
                            float difference = near[other] - near[first];
                            if (difference > jump || difference < -jump) continue;
                        }
                        done[other] = true;
                        sum_x += SAMPLE_X[other], sum_y += SAMPLE_Y[other], ++members;
                    }
                }
                items.triangle[count] = seen[first];
                items.x[count] = left + sum_x / static_cast<float>(members);
                items.y[count] = top + sum_y / static_cast<float>(members);
                items.weight[count] = static_cast<float>(members) / SAMPLES;
                items.pixel[count] = pixel;
                ++count;
            }
        }
    }
    return count;
}

// Everything a surface function needs about sixteen points on the image.
static inline void interpolate(const View& view, const int32_t* triangles, F x, F y, Points& points) {
    const Frame& frame = *view.frame;
    alignas(64) float corner[3][3][LANES];
    const float* records[3][LANES];
    for (int lane = 0; lane < LANES; ++lane) {
        const int32_t* corners = view.triangles + 4 * static_cast<int64_t>(triangles[lane]);
        for (int k = 0; k < 3; ++k) {
            const float* screen = view.screen + 4 * static_cast<int64_t>(corners[k]);
            corner[k][0][lane] = screen[0], corner[k][1][lane] = screen[1], corner[k][2][lane] = screen[2];
            records[k][lane] = view.records + RECORD * static_cast<int64_t>(corners[k]);
        }
    }
    F ax = load(corner[0][0]), ay = load(corner[0][1]), an = load(corner[0][2]);
    F bx = load(corner[1][0]) - ax, by = load(corner[1][1]) - ay, bn = load(corner[1][2]);
    F cx = load(corner[2][0]) - ax, cy = load(corner[2][1]) - ay, cn = load(corner[2][2]);
    F area = bx * cy - cx * by;
    F per_area = inverse(select(absolute(area) > 1e-9f, area, set1(1e-9f)));
    F dx = x - ax, dy = y - ay;
    // A point between the samples may lie just outside of its triangle: clamp instead of extrapolating.
    F w1 = saturate((dx * cy - cx * dy) * per_area), w2 = saturate((bx * dy - dx * by) * per_area);
    F excess = max(w1 + w2, 1.0f);
    F shrink = inverse(excess);
    w1 *= shrink, w2 *= shrink;
    F w0 = 1.0f - w1 - w2;
    F near = w0 * an + w1 * bn + w2 * cn;
    F depth = inverse(near);
    alignas(64) float weight[3][LANES];
    store(weight[0], w0 * an * depth), store(weight[1], w1 * bn * depth), store(weight[2], w2 * cn * depth);
    alignas(64) float rows[LANES][RECORD];
    for (int lane = 0; lane < LANES; ++lane)
        store(rows[lane], load(records[0][lane]) * weight[0][lane] + load(records[1][lane]) * weight[1][lane] +
                              load(records[2][lane]) * weight[2][lane]);
    transpose(rows, points.record);
    F right = (x - frame.centre[0]) * (1.0f / frame.focal[0]), down = (y - frame.centre[1]) * (1.0f / frame.focal[0]);
    V3 ray = {frame.forward[0] + frame.right[0] * right + frame.down[0] * down,
              frame.forward[1] + frame.right[1] * right + frame.down[1] * down,
              frame.forward[2] + frame.right[2] * right + frame.down[2] * down};
    points.place = {frame.eye[0] + ray.x * depth, frame.eye[1] + ray.y * depth, frame.eye[2] + ray.z * depth};
    points.to_eye = unit(ray * set1(-1.0f));
    points.normal = unit(field3(points, shade::NORMAL));
}

static inline V3 shade_points(const View& view, const Surface& surface, const Points& points) {
    switch (surface.kind) {
        case shade::SKIN: return shade_skin(view, surface, points);
        case shade::EYE: return shade_eye(view, surface, points);
        case shade::MOUTH: return shade_mouth(view, surface, points);
        case shade::CLOTH: return shade_cloth(view, surface, points);
        case shade::HAIR: return shade_hair(view, surface, points);
        case shade::LASH: return {set1(surface.parameters[0]), set1(surface.parameters[1]), set1(surface.parameters[2])};
        default: return shade_plain(view, surface, points);
    }
}

// Highlights above this would make jagged edges when averaged before the tone curve.
constexpr float BRIGHTEST = 4.0f;

static void shade_items(const View& view, int count, Scratch& scratch) {
    const Items& items = scratch.found;
    // Stable counting sort by surface.
    int32_t surfaces[64 + 1] = {};
    auto surface_at = [&](int item) { return view.surface_of[items.triangle[item]]; };
    for (int item = 0; item < count; ++item) ++surfaces[surface_at(item) + 1];
    for (int surface = 0; surface < 64; ++surface) surfaces[surface + 1] += surfaces[surface];
    int32_t next[64];
    std::copy(surfaces, surfaces + 64, next);
    for (int item = 0; item < count; ++item) scratch.order[next[surface_at(item)]++] = item;

    Points points;
    for (int surface = 0; surface < 64; ++surface) {
        int stop = surfaces[surface + 1];
        for (int at = surfaces[surface]; at < stop; at += LANES) {
            alignas(64) int32_t triangles[LANES];
            alignas(64) float x[LANES], y[LANES];
            for (int lane = 0; lane < LANES; ++lane) {
                int item = scratch.order[std::min(at + lane, stop - 1)];
                triangles[lane] = items.triangle[item], x[lane] = items.x[item], y[lane] = items.y[item];
            }
            interpolate(view, triangles, load(x), load(y), points);
            V3 light = shade_points(view, view.surfaces[surface], points);
            alignas(64) float red[LANES], green[LANES], blue[LANES];
            store(red, clamp(light.x, 0.0f, BRIGHTEST)), store(green, clamp(light.y, 0.0f, BRIGHTEST));
            store(blue, clamp(light.z, 0.0f, BRIGHTEST));
            for (int lane = 0; lane < LANES && at + lane < stop; ++lane) {
                int item = scratch.order[at + lane], pixel = items.pixel[item];
                float weight = items.weight[item];
                scratch.red[pixel] += red[lane] * weight, scratch.green[pixel] += green[lane] * weight;
                scratch.blue[pixel] += blue[lane] * weight, scratch.cover[pixel] += weight;
            }
        }
    }
}

// Fragments of the soft layers that are not hidden behind solid surfaces, each with the samples it covers.
static int find_layers(const View& view, const TileBins& layers, int32_t tile, const TileArea& area, Scratch& scratch) {
    F offset_x, offset_y;
    sample_offsets(offset_x, offset_y);
    Planes planes;
    int count = 0;
    for (int32_t at = layers.start[tile]; at < layers.start[tile + 1]; ++at) {
        int32_t number = layers.members[at];
        const int32_t* corners = view.triangles + 4 * static_cast<int64_t>(number);
        if (!planes.fill(view.screen + 4 * corners[0], view.screen + 4 * corners[1], view.screen + 4 * corners[2], area))
            continue;
        bool is_lash = view.surfaces[corners[3]].kind == shade::LASH, filled = false;
        FieldPlane u, v, cover;
        // Lashes grow out of the lid: lift them over the skin they start from.
        float lift = is_lash ? 1.0004f : 1.00003f;
        F base1 = plane_at(planes.w1, offset_x, offset_y), base2 = plane_at(planes.w2, offset_x, offset_y);
        F base_near = plane_at(planes.nearness, offset_x, offset_y);
        for (int y = planes.first_y; y <= planes.last_y; ++y) {
            float row = static_cast<float>(y);
            for (int x = planes.first_x & ~3; x <= planes.last_x; x += 4) {
                float column = static_cast<float>(x);
                F w1 = base1 + (planes.w1[0] * column + planes.w1[1] * row);
                F w2 = base2 + (planes.w2[0] * column + planes.w2[1] * row);
                F near = (base_near + (planes.nearness[0] * column + planes.nearness[1] * row)) * lift;
                int pixel = y * TILE + x;
                uint32_t hits = nearer_bits(w1, w2, near, INSIDE, load(scratch.nearness + pixel * SAMPLES));
                if (hits == 0) continue;
                if (!filled) {
                    // Most triangles lie behind others: only what is seen pays for its planes.
                    filled = true;
                    u.fill(view, planes, corners, shade::U), v.fill(view, planes, corners, shade::V);
                    if (is_lash) cover.fill(view, planes, corners, shade::COVER);
                }
                for (int step = 0; step < 4; ++step, hits >>= SAMPLES) {
                    if ((hits & 15) == 0 || x + step >= area.width || count >= MOST_LAYERS) continue;
                    float middle_x = column + static_cast<float>(step) + 0.5f, middle_y = row + 0.5f;
                    float nearness = plane_at(planes.nearness, middle_x, middle_y), depth = 1.0f / nearness;
                    scratch.layer_triangle[count] = number, scratch.layer_pixel[count] = pixel + step;
                    scratch.layer_nearness[count] = nearness;
                    scratch.layer_samples[count] = static_cast<uint8_t>(hits & 15);
                    scratch.layer_u[count] = u.at(middle_x, middle_y, depth);
                    scratch.layer_v[count] = v.at(middle_x, middle_y, depth);
                    if (is_lash) scratch.layer_cover[count] = cover.at(middle_x, middle_y, depth);
                    ++count;
                }
            }
        }
    }
    return count;
}

SHADE_INLINE void layer_points(const View& view, const TileArea& area, const Scratch& scratch, const int32_t* chosen,
                               Points& points) {
    alignas(64) int32_t triangles[LANES];
    alignas(64) float x[LANES], y[LANES];
    for (int lane = 0; lane < LANES; ++lane) {
        int32_t pixel = scratch.layer_pixel[chosen[lane]];
        triangles[lane] = scratch.layer_triangle[chosen[lane]];
        x[lane] = static_cast<float>(area.left + pixel % TILE) + 0.5f;
        y[lane] = static_cast<float>(area.top + pixel / TILE) + 0.5f;
    }
    interpolate(view, triangles, load(x), load(y), points);
}

// Alpha of one fragment's texture: hair from its colour map, lashes from their opacity map.
static void layer_alphas(int first, int stop, const Surface& surface, Scratch& scratch) {
    for (int at = first; at < stop; at += LANES) {
        // Lanes beyond the last belong to the next surface or to nobody: sampled in range, and not kept.
        Rgba texel = sample(surface.colour, load(scratch.layer_u + at), load(scratch.layer_v + at));
        F alpha = surface.kind == shade::LASH ? texel.a * load(scratch.layer_cover + at) * surface.parameters[3]
                                              : min(texel.a * 1.15f, 1.0f);
        alignas(64) float values[LANES];
        store(values, alpha);
        for (int lane = 0; lane < LANES && at + lane < stop; ++lane) scratch.layer_alpha[at + lane] = values[lane];
    }
}

constexpr float FAINT = 0.02f;  // fragments that make up less of a pixel are left out

static void draw_layers(const View& view, const TileBins& layers, int32_t tile, const TileArea& area, Scratch& scratch) {
    int count = find_layers(view, layers, tile, area, scratch);
    if (count == 0) return;
    auto surface_at = [&](int at) { return view.surface_of[scratch.layer_triangle[at]]; };
    for (int first = 0; first < count;) {
        int32_t surface = surface_at(first);
        int stop = first + 1;
        while (stop < count && surface_at(stop) == surface) ++stop;
        layer_alphas(first, stop, view.surfaces[surface], scratch);
        first = stop;
    }
    // Per pixel, nearest first.
    int32_t* start = scratch.layer_start;
    std::fill(start, start + PIXELS + 1, 0);
    for (int at = 0; at < count; ++at)
        if (scratch.layer_alpha[at] > FAINT) ++start[scratch.layer_pixel[at] + 1];
    for (int pixel = 0; pixel < PIXELS; ++pixel) start[pixel + 1] += start[pixel];
    int32_t next[PIXELS];
    std::copy(start, start + PIXELS, next);
    for (int at = 0; at < count; ++at)
        if (scratch.layer_alpha[at] > FAINT) scratch.layer_order[next[scratch.layer_pixel[at]]++] = at;
    int visible = 0;
    float through[PIXELS];  // light of the solid surfaces that still gets through, of the samples that show one
    for (int pixel = 0; pixel < PIXELS; ++pixel) {
        int32_t* begin = scratch.layer_order + start[pixel];
        int32_t* end = scratch.layer_order + start[pixel + 1];
        if (begin == end) continue;
        // A handful in nearly the right order: insertion is fastest. Equal ones stay in the order of their triangles.
        for (int32_t* at = begin + 1; at < end; ++at) {
            int32_t moving = *at, *place = at;
            float near = scratch.layer_nearness[moving];
            for (; place != begin && scratch.layer_nearness[place[-1]] < near; --place) *place = place[-1];
            *place = moving;
        }
        float passes[SAMPLES] = {0.25f, 0.25f, 0.25f, 0.25f};
        for (int32_t* at = begin; at != end; ++at) {
            float alpha = scratch.layer_alpha[*at], weight = 0.0f;
            for (int sample = 0; sample < SAMPLES; ++sample) {
                if ((scratch.layer_samples[*at] >> sample & 1) == 0) continue;
                weight += passes[sample] * alpha;
                passes[sample] *= 1.0f - alpha;
            }
            scratch.layer_weight[*at] = weight;
            // Too faint to be worth its shading: what is behind it shows instead.
            if (weight < FAINT) scratch.layer_weight[*at] = 0.0f;
        }
        const int32_t* seen = scratch.seen + pixel * SAMPLES;
        float solid = 0.0f;
        for (int sample = 0; sample < SAMPLES; ++sample) solid += seen[sample] >= 0 ? passes[sample] : 0.0f;
        through[pixel] = solid;
    }
    // Back to the order of the triangles, so that each surface is shaded in one run.
    for (int at = 0; at < count; ++at)
        if (scratch.layer_alpha[at] > FAINT && scratch.layer_weight[at] > 0.0f) scratch.layer_visible[visible++] = at;
    Points points;
    for (int first = 0; first < visible;) {
        int32_t number = surface_at(scratch.layer_visible[first]);
        int stop = first + 1;
        while (stop < visible && surface_at(scratch.layer_visible[stop]) == number) ++stop;
        for (int at = first; at < stop; at += LANES) {
            alignas(64) int32_t chosen[LANES];
            for (int lane = 0; lane < LANES; ++lane) chosen[lane] = scratch.layer_visible[std::min(at + lane, stop - 1)];
            layer_points(view, area, scratch, chosen, points);
            V3 light = shade_points(view, view.surfaces[number], points);
            alignas(64) float red[LANES], green[LANES], blue[LANES];
            store(red, clamp(light.x, 0.0f, BRIGHTEST)), store(green, clamp(light.y, 0.0f, BRIGHTEST));
            store(blue, clamp(light.z, 0.0f, BRIGHTEST));
            for (int lane = 0; lane < LANES && at + lane < stop; ++lane) {
                scratch.layer_red[chosen[lane]] = red[lane], scratch.layer_green[chosen[lane]] = green[lane];
                scratch.layer_blue[chosen[lane]] = blue[lane];
            }
        }
        first = stop;
    }
    for (int pixel = 0; pixel < PIXELS; ++pixel) {
        if (start[pixel] == start[pixel + 1]) continue;
        float rest = scratch.cover[pixel] > 0.0f ? through[pixel] / scratch.cover[pixel] : 0.0f;
        float red = scratch.red[pixel] * rest, green = scratch.green[pixel] * rest, blue = scratch.blue[pixel] * rest;
        float cover = through[pixel];
        for (int at = start[pixel]; at < start[pixel + 1]; ++at) {
            int32_t which = scratch.layer_order[at];
            float weight = scratch.layer_weight[which];
            if (weight == 0.0f) continue;
            red += scratch.layer_red[which] * weight, green += scratch.layer_green[which] * weight;
            blue += scratch.layer_blue[which] * weight, cover += weight;
        }
        scratch.red[pixel] = red, scratch.green[pixel] = green, scratch.blue[pixel] = blue, scratch.cover[pixel] = cover;
    }
}

// Scene light to display values 0 .. 1: slight crosstalk so that highlights roll to white, a sigmoid of the logarithm
// over 13.5 stops, saturation given back.
SHADE_INLINE V3 toned(V3 light, float exposure) {
    light = light * set1(exposure);
    V3 mixed = {light.x * 0.90f + light.y * 0.07f + light.z * 0.03f, light.x * 0.04f + light.y * 0.92f + light.z * 0.04f,
                light.x * 0.03f + light.y * 0.07f + light.z * 0.90f};
    constexpr float STOPS = 13.5f, BELOW = 8.5f, SLOPE = 7.2f, MIDDLE = BELOW / STOPS;
    constexpr float AT_BLACK = 0.01063058f, AT_WHITE = 0.93503083f;  // of the sigmoid about MIDDLE
    F* channels[3] = {&mixed.x, &mixed.y, &mixed.z};
    for (F* value : channels) {
        F stops = saturate((log2(max(*value, 1e-6f) * (1.0f / 0.18f)) + BELOW) * (1.0f / STOPS));
        F sigmoid = inverse(1.0f + exp((stops - MIDDLE * 1.03f) * -SLOPE));
        *value = (sigmoid - AT_BLACK) * (1.0f / (AT_WHITE - AT_BLACK));
    }
    F grey = mixed.x * 0.2126f + mixed.y * 0.7152f + mixed.z * 0.0722f;
    for (F* value : channels) *value = power(saturate(grey + (*value - grey) * 1.16f), set1(1.06f));
    return mixed;
}

static void write_pixels(const View& view, const TileArea& area, const Scratch& scratch) {
    int bytes = view.background != nullptr ? 3 : 4;
    for (int y = 0; y < area.height; ++y) {
        int64_t line = static_cast<int64_t>(area.top + y) * view.width + area.left;
        uint8_t* out = view.image + line * bytes;
        const uint8_t* behind = view.background != nullptr ? view.background + line * 3 : nullptr;
        for (int x = 0; x < area.width; x += LANES) {
            int place = y * TILE + x, lanes = std::min(LANES, area.width - x);
            F cover = min(load(scratch.cover + place), 1.0f);
            if (mask_bits(cover > 0.0f) == 0) {
                if (behind != nullptr) std::memcpy(out + x * 3, behind + x * 3, static_cast<size_t>(lanes) * 3);
                else std::memset(out + x * 4, 0, static_cast<size_t>(lanes) * 4);
                continue;
            }
            F per_cover = inverse(max(cover, 1e-4f));
            V3 colour = toned(V3{load(scratch.red + place), load(scratch.green + place), load(scratch.blue + place)} * per_cover,
                              view.frame->exposure[0]);
            alignas(64) float red[LANES], green[LANES], blue[LANES], alpha[LANES];
            store(red, colour.x * 255.0f), store(green, colour.y * 255.0f), store(blue, colour.z * 255.0f);
            store(alpha, cover);
            if (behind != nullptr && lanes == LANES && mask_bits(cover < 1.0f) == 0) {
                // Four bytes a store, of which the next one covers the last.
                alignas(64) int32_t packed[LANES];
                store(packed, truncate(colour.x * 255.0f + 0.5f) | (truncate(colour.y * 255.0f + 0.5f) << 8) |
                                  (truncate(colour.z * 255.0f + 0.5f) << 16));
                for (int lane = 0; lane < LANES - 1; ++lane) std::memcpy(out + (x + lane) * 3, packed + lane, 4);
                std::memcpy(out + (x + LANES - 1) * 3, packed + LANES - 1, 3);
            } else if (behind != nullptr) {
                for (int lane = 0; lane < lanes; ++lane) {
                    const uint8_t* below = behind + (x + lane) * 3;
                    uint8_t* target = out + (x + lane) * 3;
                    float a = alpha[lane], rest = 1.0f - a;
                    target[0] = static_cast<uint8_t>(red[lane] * a + below[0] * rest + 0.5f);
                    target[1] = static_cast<uint8_t>(green[lane] * a + below[1] * rest + 0.5f);
                    target[2] = static_cast<uint8_t>(blue[lane] * a + below[2] * rest + 0.5f);
                }
            } else {
                for (int lane = 0; lane < lanes; ++lane) {
                    uint8_t* target = out + (x + lane) * 4;
                    bool shown = alpha[lane] > 0.5f / 255.0f;
                    target[0] = shown ? static_cast<uint8_t>(red[lane] + 0.5f) : 0;
                    target[1] = shown ? static_cast<uint8_t>(green[lane] + 0.5f) : 0;
                    target[2] = shown ? static_cast<uint8_t>(blue[lane] + 0.5f) : 0;
                    target[3] = static_cast<uint8_t>(alpha[lane] * 255.0f + 0.5f);
                }
            }
        }
    }
}

void draw_tile(const View& view, const TileBins& solid, const TileBins& layers, int32_t tile) {
    // One block of scratch per thread, kept between frames.
    static thread_local std::unique_ptr<Scratch> kept;
    if (kept == nullptr) kept.reset(new Scratch);
    Scratch& scratch = *kept;
    TileArea area;
    area.left = tile % solid.tiles_x * TILE, area.top = tile / solid.tiles_x * TILE;
    area.width = std::min(TILE, view.width - area.left), area.height = std::min(TILE, view.height - area.top);
    std::fill(scratch.cover, scratch.cover + PIXELS, 0.0f);
    bool any_solid = solid.start[tile] != solid.start[tile + 1], any_layers = layers.start[tile] != layers.start[tile + 1];
    if (any_solid || any_layers) {
        std::fill(scratch.nearness, scratch.nearness + MOST_ITEMS, 0.0f);
        std::fill(scratch.seen, scratch.seen + MOST_ITEMS, -1);
        std::fill(scratch.red, scratch.red + PIXELS, 0.0f);
        std::fill(scratch.green, scratch.green + PIXELS, 0.0f);
        std::fill(scratch.blue, scratch.blue + PIXELS, 0.0f);
        if (any_solid) {
            see_triangles(view, solid, tile, area, scratch);
            shade_items(view, find_items(view, area, scratch), scratch);
        }
        if (any_layers) draw_layers(view, layers, tile, area, scratch);
    }
    write_pixels(view, area, scratch);
}

}  // namespace SHADE_NAMESPACE
