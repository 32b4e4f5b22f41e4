// Hair. Included once per instruction set.
#pragma once

#include "shade_points.h"

namespace SHADE_NAMESPACE {

// Strands after Kajiya and Kay 1989, with the three lobes of Marschner et al. 2003 as Gaussians of the longitudinal
// angle: the surface's white highlight towards the root, the coloured one from inside towards the tip, and light that
// comes through from behind. OCCLUSION is how open a place lies: buried hair gets less of every light.
static inline V3 shade_hair(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    F u = points.record[shade::U], v = points.record[shade::V];
    V3 colour = decoded(sample(surface.colour, u, v));
    F strand = sample(surface.detail, u, v).r;
    V3 normal = points.normal;
    V3 tangent = unit(field3(points, shade::TANGENT));
    F open = saturate(points.record[shade::OCCLUSION]);
    F lit = arriving(view, points, shade::HAIR) * (0.15f + 0.85f * open);
    // Light that was scattered by pale hair around reaches further in, and has taken its colour.
    V3 deep = {open + (1.0f - open) * sqrt(colour.x) * 0.5f, open + (1.0f - open) * sqrt(colour.y) * 0.5f,
               open + (1.0f - open) * sqrt(colour.z) * 0.5f};
    V3 ambient = field3(points, shade::IRRADIANCE);
    V3 light = {colour.x * ambient.x * deep.x, colour.y * ambient.y * deep.y, colour.z * ambient.z * deep.z};
    F along_view = clamp(dot(tangent, points.to_eye), -1.0f, 1.0f), view_angle = arcsine(along_view);
    // Single hairs lie askew: the highlight breaks up into them.
    F wander = (strand - 0.5f) * 0.5f, glint = 0.03f + 1.7f * strand;
    V3 through_colour = {sqrt(colour.x), sqrt(colour.y), sqrt(colour.z)};
    for (int which = 0; which < 2; ++which) {
        const float* direction = which == 0 ? frame.key : frame.rim;
        const float* light_colour = which == 0 ? frame.key_colour : frame.rim_colour;
        F arrives = which == 0 ? lit : points.record[shade::RIM] * (0.25f + 0.75f * open);
        F along = clamp(dot(tangent, direction), -1.0f, 1.0f), facing = dot(normal, direction);
        F body = (0.45f * sqrt(max(1.0f - along * along, 0.0f)) + 0.55f * max((facing + 0.25f) * 0.8f, 0.0f)) *
                 saturate(facing * 2.0f + 0.6f) * arrives;
        F angle = arcsine(along) + view_angle;
        F white = (angle - 0.10f - wander) * (1.0f / 0.13f), tinted = (angle + 0.14f - wander) * (1.0f / 0.26f);
        F reaches = saturate(facing * 1.5f + 0.35f) * arrives * glint;
        F first = exp(-(white * white)) * reaches * (surface.parameters[0] * 0.05f);
        F second = exp(-(tinted * tinted)) * reaches * (surface.parameters[1] * 1.1f) + body;
        F behind = saturate(-dot(points.to_eye, direction));
        F across = (angle - wander) * (1.0f / 0.35f);
        F through = exp(-(across * across)) * behind * behind * arrives * open * (surface.parameters[1] * 0.22f);
        light.x += light_colour[0] * (colour.x * second + first + through_colour.x * through);
        light.y += light_colour[1] * (colour.y * second + first + through_colour.y * through);
        light.z += light_colour[2] * (colour.z * second + first + through_colour.z * through);
    }
    return light;
}

}  // namespace SHADE_NAMESPACE
