// Hair. Included once per instruction set.
#pragma once

#include "shade_points.h"

namespace SHADE_NAMESPACE {

// Strands after Kajiya and Kay 1989, with the two shifted highlights of Marschner et al. 2003 as Gaussians of the
// longitudinal angle: a white one towards the root, a coloured one towards the tip.
static inline V3 shade_hair(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    F u = points.record[shade::U], v = points.record[shade::V];
    V3 colour = decoded(sample(surface.colour, u, v));
    F strand = sample(surface.detail, u, v).r;
    V3 normal = points.normal;
    normal = normal * select(dot(normal, points.to_eye) < 0.0f, set1(-1.0f), set1(1.0f));
    V3 tangent = unit(field3(points, shade::TANGENT));
    F lit = lit_by_key(view, points.place, 0.006f);
    V3 ambient = field3(points, shade::IRRADIANCE);
    V3 light = {colour.x * ambient.x * 0.9f, colour.y * ambient.y * 0.9f, colour.z * ambient.z * 0.9f};
    F along_view = clamp(dot(tangent, points.to_eye), -1.0f, 1.0f), view_angle = arcsine(along_view);
    F wander = (strand - 0.5f) * 0.25f, glint = 0.25f + 1.5f * strand;
    for (int which = 0; which < 2; ++which) {
        const float* direction = which == 0 ? frame.key : frame.rim;
        const float* light_colour = which == 0 ? frame.key_colour : frame.rim_colour;
        F arrives = which == 0 ? lit : points.record[shade::RIM];
        F along = clamp(dot(tangent, direction), -1.0f, 1.0f), facing = dot(normal, direction);
        F body = (0.45f * sqrt(max(1.0f - along * along, 0.0f)) + 0.55f * max((facing + 0.25f) * 0.8f, 0.0f)) *
                 saturate(facing * 2.0f + 0.6f) * arrives;
        F angle = arcsine(along) + view_angle;
        F white = (angle - 0.10f - wander) * (1.0f / 0.16f), tinted = (angle + 0.12f - wander) * (1.0f / 0.30f);
        F reaches = saturate(facing * 1.5f + 0.35f) * arrives * glint;
        F first = exp(-(white * white)) * reaches * (surface.parameters[0] * 0.055f);
        F second = exp(-(tinted * tinted)) * reaches * (surface.parameters[1] * 1.1f) + body;
        light.x += light_colour[0] * (colour.x * second + first);
        light.y += light_colour[1] * (colour.y * second + first);
        light.z += light_colour[2] * (colour.z * second + first);
    }
    return light;
}

}  // namespace SHADE_NAMESPACE
