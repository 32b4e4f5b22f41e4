// Depth maps along a light. Included once per instruction set.
#pragma once

#include <algorithm>

#include "shade_scene.h"
#include "shade_simd.h"

namespace SHADE_NAMESPACE {

// The largest tile that is used.
constexpr int CAST_TILE = 64;

void cast_tile(const shade::DepthMap& map, const shade::TileBins& bins, int32_t tile) {
    // Drawn in blocks of four by four texels, one vector each, and unfolded at the end.
    alignas(64) static thread_local float blocks[CAST_TILE * CAST_TILE];
    alignas(64) int32_t unused[LANES];
    int left = tile % bins.tiles_x * map.tile, top = tile / bins.tiles_x * map.tile;
    int right = std::min(left + map.tile, map.size), bottom = std::min(top + map.tile, map.size);
    std::fill(blocks, blocks + CAST_TILE * CAST_TILE, shade::NO_CASTER);
    // A vector covers four by four texels.
    F offset_x, offset_y;
    for (int lane = 0; lane < LANES; ++lane)
        offset_x[lane] = static_cast<float>(lane % 4) + 0.5f, offset_y[lane] = static_cast<float>(lane / 4) + 0.5f;
    for (int32_t at = bins.start[tile]; at < bins.start[tile + 1]; ++at) {
        const int32_t* corners = map.triangles + 4 * static_cast<int64_t>(bins.members[at]);
        const float* a = map.places + 4 * static_cast<int64_t>(corners[0]);
        const float* b = map.places + 4 * static_cast<int64_t>(corners[1]);
        const float* c = map.places + 4 * static_cast<int64_t>(corners[2]);
        float area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
        if (!(area > 1e-9f || area < -1e-9f)) continue;
        float inverse = 1.0f / area;
        float w1x = (c[1] - a[1]) * inverse, w1y = (a[0] - c[0]) * inverse;
        float w2x = (a[1] - b[1]) * inverse, w2y = (b[0] - a[0]) * inverse;
        int first_x = std::max(left, static_cast<int>(std::max(std::min({a[0], b[0], c[0]}), 0.0f)));
        int first_y = std::max(top, static_cast<int>(std::max(std::min({a[1], b[1], c[1]}), 0.0f)));
        int last_x = std::min(right - 1, static_cast<int>(std::min(std::max({a[0], b[0], c[0]}), 1e6f)));
        int last_y = std::min(bottom - 1, static_cast<int>(std::min(std::max({a[1], b[1], c[1]}), 1e6f)));
        for (int y = first_y & ~3; y <= last_y; y += 4) {
            for (int x = first_x & ~3; x <= last_x; x += 4) {
                F dx = offset_x + (static_cast<float>(x) - a[0]), dy = offset_y + (static_cast<float>(y) - a[1]);
                F w1 = dx * w1x + dy * w1y, w2 = dx * w2x + dy * w2y;
                float* block = blocks + ((y - top) / 4 * (CAST_TILE / 4) + (x - left) / 4) * LANES;
                keep_nearest(w1, w2, a[2] + w1 * (b[2] - a[2]) + w2 * (c[2] - a[2]), -1e-4f, I{}, block, unused);
            }
        }
    }
    for (int y = top; y < bottom; ++y) {
        const float* row = blocks + (y - top) / 4 * (CAST_TILE / 4) * LANES + (y - top) % 4 * 4;
        float* out = map.depth + static_cast<int64_t>(y) * map.size;
        for (int x = left; x < right; x += 4)
            std::copy_n(row + (x - left) / 4 * LANES, std::min(4, right - x), out + x);
    }
    if (map.blocks == nullptr) return;
    constexpr int SIDE = shade::SHADOW_BLOCK / 4;
    for (int y = top; y < bottom; y += shade::SHADOW_BLOCK) {
        for (int x = left; x < right; x += shade::SHADOW_BLOCK) {
            F most = set1(shade::NO_CASTER);
            for (int k = 0; k < SIDE * SIDE; ++k)
                most = max(most, load(blocks + (((y - top) / 4 + k / SIDE) * (CAST_TILE / 4) + (x - left) / 4 + k % SIDE) * LANES));
            float highest = most[0];
            for (int lane = 1; lane < LANES; ++lane) highest = std::max(highest, static_cast<float>(most[lane]));
            map.blocks[y / shade::SHADOW_BLOCK * shade::shadow_blocks(map.size) + x / shade::SHADOW_BLOCK] = highest;
        }
    }
}

}  // namespace SHADE_NAMESPACE
