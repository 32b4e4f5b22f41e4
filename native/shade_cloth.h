// Garments. Included once per instruction set.
#pragma once

#include "shade_points.h"

namespace SHADE_NAMESPACE {

static inline V3 shade_cloth(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    F u = points.record[shade::U], v = points.record[shade::V];
    // What comes through to the cloth: beside seams, under flaps, inside of collars.
    V3 albedo = decoded(sample_tiled(surface.colour, u, v)) * points.record[shade::COVER];
    V3 normal = points.normal;
    // Smooth normals at an outline look a little away from the eye: only what looks clearly away is the other side.
    F towards = dot(normal, points.to_eye);
    normal = normal * select(towards < -0.3f, set1(-1.0f), set1(1.0f)) -
             points.to_eye * select(towards < -0.3f, set1(0.0f), min(towards, set1(0.0f)));
    if (surface.detail.texels != nullptr) {
        Rgba relief = sample_tiled(surface.detail, u, v);
        normal = bumped(normal, field3(points, shade::TANGENT), points.record[shade::TANGENT_RATIO],
                        derivative(relief.r) * surface.parameters[0], derivative(relief.g) * surface.parameters[0]);
    }
    F lit = arriving(view, points, shade::CLOTH);
    F key = max((dot(normal, frame.key) + 0.12f) * (1.0f / 1.12f), 0.0f) * lit;
    F rim = max((dot(normal, frame.rim) + 0.10f) * (1.0f / 1.10f), 0.0f) * points.record[shade::RIM];
    F edge = 1.0f - max(dot(normal, points.to_eye), 0.05f);
    F fuzz = edge * edge * edge * surface.parameters[1];
    F sheen = 0.05f * points.record[shade::COVER];
    V3 ambient = field3(points, shade::IRRADIANCE);
    return {(albedo.x + fuzz * (albedo.x * 0.6f + sheen)) * (frame.key_colour[0] * key + frame.rim_colour[0] * rim + ambient.x),
            (albedo.y + fuzz * (albedo.y * 0.6f + sheen)) * (frame.key_colour[1] * key + frame.rim_colour[1] * rim + ambient.y),
            (albedo.z + fuzz * (albedo.z * 0.6f + sheen)) * (frame.key_colour[2] * key + frame.rim_colour[2] * rim + ambient.z)};
}

}  // namespace SHADE_NAMESPACE
