// The soft layers of a tile (hair, lashes), mixed over what is solid. Included once per instruction set.
#pragma once

#include "shade_solid.h"

namespace SHADE_NAMESPACE {

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
        float lift = is_lash ? 1.0009f : 1.00003f;
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
            // Lashes have one colour: nothing has to be known of their points.
            if (view.surfaces[number].kind != shade::LASH) layer_points(view, area, scratch, chosen, points);
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

}  // namespace SHADE_NAMESPACE
