// Hair. Included once per instruction set.
#pragma once

#include <algorithm>

#include "shade_points.h"

namespace SHADE_NAMESPACE {

// Strands after Kajiya and Kay 1989, with the three lobes of Marschner et al. 2003 as Gaussians of the longitudinal
// angle: the surface's white highlight towards the root, the coloured one from inside towards the tip, and light that
// comes through from behind. OCCLUSION is how open a place lies: buried hair gets less of every light.
//
// Ribbons of hair are small and many lie over one another. What changes slowly along them is worked out here, at their
// vertices; a point has to know its texture and where it stands in the lobes only.
void light_hair(const shade::HairRequest& request, int32_t first, int32_t stop) {
    const View& view = *request.view;
    const Frame& frame = *view.frame;
    for (int32_t at = first; at < stop; at += LANES) {
        alignas(64) float rows[LANES][shade::RECORD], shares[LANES];
        const float* places[LANES];
        for (int lane = 0; lane < LANES; ++lane) {
            int64_t vertex = request.chosen[std::min(at + lane, stop - 1)];
            store(rows[lane], load(view.records + shade::RECORD * vertex));
            places[lane] = request.positions + 3 * vertex, shares[lane] = view.lit[vertex];
        }
        F record[shade::RECORD], place[4];
        transpose(rows, record), load_rows(places, place);
        auto field = [&](int which) -> V3 { return {record[which], record[which + 1], record[which + 2]}; };
        V3 to_eye = unit({frame.eye[0] - place[0], frame.eye[1] - place[1], frame.eye[2] - place[2]});
        V3 normal = unit(field(shade::NORMAL)), tangent = unit(field(shade::TANGENT)), ambient = field(shade::IRRADIANCE);
        F open = saturate(record[shade::OCCLUSION]), buried = 0.5f * (1.0f - open);
        F view_angle = arcsine(clamp(dot(tangent, to_eye), -1.0f, 1.0f));
        F out[shade::RECORD] = {};
        out[shade::HAIR_BODY] = ambient.x * open, out[shade::HAIR_BODY + 1] = ambient.y * open;
        out[shade::HAIR_BODY + 2] = ambient.z * open;
        // Light that was scattered by pale hair around reaches further in, and has taken its colour.
        out[shade::HAIR_DEEP] = ambient.x * buried, out[shade::HAIR_DEEP + 1] = ambient.y * buried;
        out[shade::HAIR_DEEP + 2] = ambient.z * buried;
        for (int which = 0; which < 2; ++which) {
            const float* direction = which == 0 ? frame.key : frame.rim;
            const float* colour = which == 0 ? frame.key_colour : frame.rim_colour;
            F arrives = which == 0 ? load(shares) * (0.15f + 0.85f * open) : record[shade::RIM] * (0.25f + 0.75f * open);
            F along = clamp(dot(tangent, direction), -1.0f, 1.0f), facing = dot(normal, direction);
            F body = (0.45f * sqrt(max(1.0f - along * along, 0.0f)) + 0.55f * max((facing + 0.25f) * 0.8f, 0.0f)) *
                     saturate(facing * 2.0f + 0.6f) * arrives;
            for (int c = 0; c < 3; ++c) out[shade::HAIR_BODY + c] += colour[c] * body;
            F behind = saturate(-dot(to_eye, direction));
            F* light = out + shade::HAIR_LIGHTS + shade::HAIR_LIGHT * which;
            light[shade::HAIR_ANGLE] = arcsine(along) + view_angle;
            light[shade::HAIR_GLINT] = saturate(facing * 1.5f + 0.35f) * arrives;
            light[shade::HAIR_THROUGH] = behind * behind * arrives * open;
        }
        out[shade::U] = record[shade::U], out[shade::V] = record[shade::V];
        F turned[shade::RECORD];
        transpose(reinterpret_cast<const float(*)[16]>(out), turned);
        for (int lane = 0; lane < LANES && at + lane < stop; ++lane)
            store(request.light + shade::RECORD * static_cast<int64_t>(request.chosen[at + lane]), turned[lane]);
    }
}

// exp(-a * a), as (1 - a^2 / 16)^16: within .013.
SHADE_INLINE F bell(F a) {
    F left = max(1.0f - a * a * (1.0f / 16.0f), 0.0f);
    F left2 = left * left, left4 = left2 * left2, left8 = left4 * left4;
    return left8 * left8;
}

// `root` is the square root of the colour, as textures store it; `fields` are what `light_hair` says of the points.
SHADE_INLINE V3 hair_light(const View& view, const Surface& surface, V3 root, F strand, const F* fields) {
    const Frame& frame = *view.frame;
    // Single hairs lie askew: the highlight breaks up into them.
    F wander = (strand - 0.5f) * 0.5f, glint = 0.03f + 1.7f * strand;
    F body[3] = {fields[shade::HAIR_BODY], fields[shade::HAIR_BODY + 1], fields[shade::HAIR_BODY + 2]};
    F through[3] = {fields[shade::HAIR_DEEP] * root.x * root.x, fields[shade::HAIR_DEEP + 1] * root.y * root.y,
                    fields[shade::HAIR_DEEP + 2] * root.z * root.z};
    F white[3] = {set1(0.0f), set1(0.0f), set1(0.0f)};
    for (int which = 0; which < 2; ++which) {
        const F* light = fields + shade::HAIR_LIGHTS + shade::HAIR_LIGHT * which;
        const float* colour = which == 0 ? frame.key_colour : frame.rim_colour;
        F angle = light[shade::HAIR_ANGLE] - wander, reaches = light[shade::HAIR_GLINT] * glint;
        if (mask_bits(reaches > 0.004f) != 0) {
            F first = bell((angle - 0.10f) * (1.0f / 0.13f)) * reaches * (surface.parameters[0] * 0.05f);
            F second = bell((angle + 0.14f) * (1.0f / 0.26f)) * reaches * (surface.parameters[1] * 1.1f);
            for (int c = 0; c < 3; ++c) white[c] += colour[c] * first, body[c] += colour[c] * second;
        }
        if (mask_bits(light[shade::HAIR_THROUGH] > 0.004f) != 0) {
            F passes = bell(angle * (1.0f / 0.35f)) * light[shade::HAIR_THROUGH] * (surface.parameters[1] * 0.22f);
            for (int c = 0; c < 3; ++c) through[c] += colour[c] * passes;
        }
    }
    return {white[0] + root.x * (through[0] + root.x * body[0]), white[1] + root.y * (through[1] + root.y * body[1]),
            white[2] + root.z * (through[2] + root.z * body[2])};
}

static inline V3 shade_hair(const View& view, const Surface& surface, const Points& points) {
    F u = points.record[shade::U], v = points.record[shade::V];
    Rgba texel = sample(surface.colour, u, v);
    return hair_light(view, surface, {texel.r, texel.g, texel.b}, sample(surface.detail, u, v).r, points.record);
}

}  // namespace SHADE_NAMESPACE
