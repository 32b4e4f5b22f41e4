// Meshes without an appearance. Included once per instruction set.
#pragma once

#include "shade_points.h"

namespace SHADE_NAMESPACE {

// One colour, for meshes without an appearance.
static inline V3 shade_plain(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    V3 normal = points.normal;
    normal = normal * select(dot(normal, points.to_eye) < 0.0f, set1(-1.0f), set1(1.0f));
    F key = max((dot(normal, frame.key) + 0.2f) * (1.0f / 1.2f), 0.0f);
    F rim = max(dot(normal, frame.rim), 0.0f);
    V3 ambient = environment(frame, normal, 0.98f);
    const float* colour = surface.parameters;
    return {colour[0] * (frame.key_colour[0] * key + frame.rim_colour[0] * rim + ambient.x * 0.5f),
            colour[1] * (frame.key_colour[1] * key + frame.rim_colour[1] * rim + ambient.y * 0.5f),
            colour[2] * (frame.key_colour[2] * key + frame.rim_colour[2] * rim + ambient.z * 0.5f)};
}

}  // namespace SHADE_NAMESPACE
