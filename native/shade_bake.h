// Light that is worked out once for a person: the soft environment at every vertex, with what hides it.
#pragma once

#include <cstdint>
#include <vector>

#include "shade_scene.h"

namespace shade {

struct BakeRequest {
    const float* positions = nullptr;    // [R, 3]
    const float* normals = nullptr;      // [R, 3]
    const float* biases = nullptr;       // [R] metres a blocker must be nearer to the light than the vertex
    int32_t vertices = 0;
    const int32_t* triangles = nullptr;  // [K, 4] blockers
    int32_t triangle_count = 0;
    const float* directions = nullptr;   // [D, 3] unit, towards the light
    const float* radiance = nullptr;     // [D, 3] of the environment from there
    const float* rim_weight = nullptr;   // [D] how much of the rim light comes from there
    int32_t direction_count = 0;
    int32_t size = 0;                    // texels of the depth maps' sides
};

// `irradiance` [R, 3] (divided by pi: multiply by albedo), `occlusion` [R] and `rim` [R] in 0 .. 1.
void bake_light(const BakeRequest& request, float* irradiance, float* occlusion, float* rim);

}  // namespace shade
