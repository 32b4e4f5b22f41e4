// Shades the points of the solid surfaces. Included once per instruction set.
#pragma once

#include "shade_visibility.h"

namespace SHADE_NAMESPACE {

// Everything a surface function needs about sixteen points on the image; `rows_of` are its vertices' records.
static inline void interpolate(const View& view, const float* rows_of, const int32_t* triangles, F x, F y, Points& points) {
    const Frame& frame = *view.frame;
    alignas(64) float arriving[3][LANES];
    const float* screens[3][LANES];
    const float* records[3][LANES];
    for (int lane = 0; lane < LANES; ++lane) {
        const int32_t* corners = view.triangles + 4 * static_cast<int64_t>(triangles[lane]);
        for (int k = 0; k < 3; ++k) {
            screens[k][lane] = view.screen + 4 * static_cast<int64_t>(corners[k]);
            arriving[k][lane] = view.lit[corners[k]];
            records[k][lane] = rows_of + RECORD * static_cast<int64_t>(corners[k]);
        }
    }
    F corner[3][4];
    for (int k = 0; k < 3; ++k) load_rows(screens[k], corner[k]);
    F ax = corner[0][0], ay = corner[0][1], an = corner[0][2];
    F bx = corner[1][0] - ax, by = corner[1][1] - ay, bn = corner[1][2];
    F cx = corner[2][0] - ax, cy = corner[2][1] - ay, cn = corner[2][2];
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
    w0 *= an * depth, w1 *= bn * depth, w2 *= cn * depth;
    points.second_crease = w0 * corner[0][3] + w1 * corner[1][3] + w2 * corner[2][3];
    points.lit = w0 * load(arriving[0]) + w1 * load(arriving[1]) + w2 * load(arriving[2]);
    alignas(64) float weight[3][LANES];
    store(weight[0], w0), store(weight[1], w1), store(weight[2], w2);
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

static void shade_items(const View& view, Scratch& scratch) {
    const Items& items = scratch.found;
    // Stable counting sort by surface.
    int32_t surfaces[64 + 1] = {};
    for (int surface = 0; surface < 64; ++surface) surfaces[surface + 1] = surfaces[surface] + items.of_surface[surface];
    int32_t next[64];
    std::copy(surfaces, surfaces + 64, next);
    for (int item = 0; item < items.count; ++item) scratch.order[next[items.surface[item]]++] = item;

    Points points;
    for (int surface = 0; surface < 64; ++surface) {
        int stop = surfaces[surface + 1];
        const float* rows_of = view.surfaces[surface].kind == shade::HAIR ? view.hair_light : view.records;
        for (int at = surfaces[surface]; at < stop; at += LANES) {
            alignas(64) int32_t triangles[LANES];
            alignas(64) float x[LANES], y[LANES];
            for (int lane = 0; lane < LANES; ++lane) {
                int item = scratch.order[std::min(at + lane, stop - 1)];
                triangles[lane] = items.triangle[item], x[lane] = items.x[item], y[lane] = items.y[item];
            }
            interpolate(view, rows_of, triangles, load(x), load(y), points);
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

}  // namespace SHADE_NAMESPACE
