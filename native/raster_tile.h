// One tile: coverage and depth of its triangles, then what each pixel shows.
//
// Compiled once per instruction set, with RASTER_LANES 4, 8 or 16 and RASTER_NAMESPACE. A block of 4 x 4 pixels is one
// vector of sixteen lanes, two of eight or four of four; every lane does the same sums in the same order, unfused, so
// the results are equal to the last bit. No standard library here: the linker could give everybody this file's copy.
#pragma once

#include <cstdint>
#include <cstring>
#if RASTER_LANES > 4
#include <immintrin.h>
#endif

#include "raster.h"

namespace avatron::raster::RASTER_NAMESPACE {

namespace {

constexpr int LANES = RASTER_LANES;
constexpr int PARTS = 16 / LANES;
constexpr int BLOCKS = TILE / BLOCK;
constexpr int32_t FAR_OUTSIDE = 1 << 30;

typedef float F __attribute__((vector_size(4 * LANES)));
typedef int32_t I __attribute__((vector_size(4 * LANES)));
typedef float F4 __attribute__((vector_size(16)));

struct LaneTable {
    alignas(64) int32_t x[16] = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};
    alignas(64) int32_t y[16] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
};
constexpr LaneTable lanes;

template <typename Vector, typename Scalar>
inline __attribute__((always_inline)) Vector load(const Scalar* source) {
    Vector vector;
    std::memcpy(&vector, source, sizeof(Vector));
    return vector;
}
template <typename Vector, typename Scalar>
inline __attribute__((always_inline)) void store(Scalar* target, Vector vector) {
    std::memcpy(target, &vector, sizeof(Vector));
}
inline __attribute__((always_inline)) F to_float(I value) { return __builtin_convertvector(value, F); }
// One bit a lane: its sign.
inline __attribute__((always_inline)) uint32_t sign_bits(I value) {
#if RASTER_LANES == 16
    return _mm512_movepi32_mask((__m512i)value);
#elif RASTER_LANES == 8
    return static_cast<uint32_t>(_mm256_movemask_ps((__m256)value));
#else
    const int32_t packed = (value[0] < 0 ? 1 : 0) | (value[1] < 0 ? 2 : 0) | (value[2] < 0 ? 4 : 0) | (value[3] < 0 ? 8 : 0);
    return static_cast<uint32_t>(packed);
#endif
}
constexpr uint32_t ALL_LANES = (1u << LANES) - 1u;

inline int32_t clamp_edge(int64_t value) {
    return static_cast<int32_t>(value > FAR_OUTSIDE ? FAR_OUTSIDE : value < -FAR_OUTSIDE ? -FAR_OUTSIDE : value);
}

// Adds one triangle to the tile whose first pixel is (x, y): nearer pixels inside it get its number.
inline void cover(const Record& record, int32_t x, int32_t y, int32_t number, float* inverse_depth, int32_t* owners) {
    const int32_t left = ((record.left > x ? record.left : x) - x) / BLOCK;
    const int32_t top = ((record.top > y ? record.top : y) - y) / BLOCK;
    const int32_t right = ((record.right < x + TILE - 1 ? record.right : x + TILE - 1) - x) / BLOCK;
    const int32_t bottom = ((record.bottom < y + TILE - 1 ? record.bottom : y + TILE - 1) - y) / BLOCK;
    const int32_t first_x = x + left * BLOCK, first_y = y + top * BLOCK;
    const int32_t reach_x = (right - left + 1) * BLOCK - 1, reach_y = (bottom - top + 1) * BLOCK - 1;

    int32_t row_edge[3];
    for (int i = 0; i < 3; ++i) {
        const int64_t value = record.edge[i] + static_cast<int64_t>(record.step_x[i]) * first_x +
                              static_cast<int64_t>(record.step_y[i]) * first_y;
        // The best corner of the tile is outside this edge: so is all of it. Pays for large triangles.
        const int64_t best = value + static_cast<int64_t>(record.step_x[i] > 0 ? record.step_x[i] : 0) * reach_x +
                             static_cast<int64_t>(record.step_y[i] > 0 ? record.step_y[i] : 0) * reach_y;
        if (best < 0) return;
        row_edge[i] = clamp_edge(value);
    }
    I lane_edge[3][PARTS];
    F lane_w[PARTS];
    for (int part = 0; part < PARTS; ++part) {
        const I lane_x = load<I>(lanes.x + part * LANES), lane_y = load<I>(lanes.y + part * LANES);
        for (int i = 0; i < 3; ++i) lane_edge[i][part] = lane_x * record.step_x[i] + lane_y * record.step_y[i];
        lane_w[part] = to_float(lane_x) * record.slope_x + to_float(lane_y) * record.slope_y;
    }
    const float first_w = static_cast<float>(record.inverse_depth + static_cast<double>(record.slope_x) * first_x +
                                             static_cast<double>(record.slope_y) * first_y);
    const float block_slope_x = record.slope_x * BLOCK, block_slope_y = record.slope_y * BLOCK;
    for (int32_t row = top; row <= bottom; ++row) {
        int32_t edge[3] = {row_edge[0], row_edge[1], row_edge[2]};
        const float row_w = first_w + block_slope_y * static_cast<float>(row - top);
        for (int32_t column = left; column <= right; ++column) {
            const int32_t base = (row * BLOCKS + column) * 16;
            const float block_w = row_w + block_slope_x * static_cast<float>(column - left);
            for (int part = 0; part < PARTS; ++part) {
                const I outside =
                    (lane_edge[0][part] + edge[0]) | (lane_edge[1][part] + edge[1]) | (lane_edge[2][part] + edge[2]);
                if (sign_bits(outside) == ALL_LANES) continue;
                F w = lane_w[part] + block_w;
                // A sliver's slope is steep: away from its corners only their range is believed.
                w = w < record.low ? F{} + record.low : w;
                w = w > record.high ? F{} + record.high : w;
                float* const kept = inverse_depth + base + part * LANES;
                const F before = load<F>(kept);
                const I seen = (w > before) & (outside >= 0);
                store(kept, seen ? w : before);
                int32_t* const owner = owners + base + part * LANES;
                store(owner, seen ? I{} + number : load<I>(owner));
            }
            for (int i = 0; i < 3; ++i) edge[i] += record.step_x[i] * BLOCK;
        }
        for (int i = 0; i < 3; ++i) row_edge[i] += record.step_y[i] * BLOCK;
    }
}

struct Block {
    alignas(64) float depth[16];
    alignas(64) int32_t triangle[16];
    alignas(64) float barycentric[3][16];
};

// What the lanes of one triangle show. Edge functions are exact at the block's corner and rounded once a lane; as none
// is below zero inside, neither is a barycentric, and their sum is 1.
inline void resolve(const Record& record, int32_t x, int32_t y, int part, I mine, Block& block) {
    const F lane_x = to_float(load<I>(lanes.x + part * LANES)), lane_y = to_float(load<I>(lanes.y + part * LANES));
    F weighted[3], area = F{}, sum = F{};
    for (int i = 0; i < 3; ++i) {
        const int j = i == 2 ? 0 : i + 1;
        const int64_t from_x = static_cast<int64_t>(x) * SUBPIXEL + SUBPIXEL / 2 - record.corner_x[j];
        const int64_t from_y = static_cast<int64_t>(y) * SUBPIXEL + SUBPIXEL / 2 - record.corner_y[j];
        const float corner = static_cast<float>(record.step_x[i] * from_x + record.step_y[i] * from_y);
        const float step_x = static_cast<float>(record.step_x[i]) * SUBPIXEL;
        const float step_y = static_cast<float>(record.step_y[i]) * SUBPIXEL;
        F value = (lane_x * step_x + lane_y * step_y) + corner;
        value = value > 0.0f ? value : F{};
        weighted[i] = value * record.corner_w[i];
        area = area + value;
        sum = sum + weighted[i];
    }
    // Only the lanes of this triangle are kept; the others may not divide by zero.
    const F inverse = 1.0f / (sum > 0.0f ? sum : F{} + 1.0f);
    F share[3] = {weighted[0] * inverse, weighted[1] * inverse, weighted[2] * inverse};
    const F depth = area * inverse;
    F placed[3];
    if (record.clipped == nullptr) {
        placed[0] = share[0], placed[record.second] = share[1], placed[record.third] = share[2];
    } else {
        for (int j = 0; j < 3; ++j)
            placed[j] = share[0] * record.clipped[j] + share[1] * record.clipped[3 + j] + share[2] * record.clipped[6 + j];
    }
    const int at = part * LANES;
    store(block.depth + at, mine ? depth : load<F>(block.depth + at));
    store(block.triangle + at, mine ? I{} + record.triangle : load<I>(block.triangle + at));
    for (int j = 0; j < 3; ++j)
        store(block.barycentric[j] + at, mine ? placed[j] : load<F>(block.barycentric[j] + at));
}

inline void write(const Scene& scene, const Block& block, int32_t x, int32_t y) {
    const int32_t rows = scene.height - y < BLOCK ? scene.height - y : BLOCK;
    const int32_t columns = scene.width - x < BLOCK ? scene.width - x : BLOCK;
    for (int32_t row = 0; row < rows; ++row) {
        const int64_t at = static_cast<int64_t>(y + row) * scene.width + x;
        const int from = row * BLOCK;
        std::memcpy(scene.picture.depth + at, block.depth + from, sizeof(float) * columns);
        std::memcpy(scene.picture.triangle + at, block.triangle + from, sizeof(int32_t) * columns);
        if (scene.picture.barycentric == nullptr) continue;
        // Three planes to one row of triples.
        const F4 a = load<F4>(block.barycentric[0] + from), b = load<F4>(block.barycentric[1] + from),
                 c = load<F4>(block.barycentric[2] + from);
        const F4 triples[3] = {
            __builtin_shufflevector(__builtin_shufflevector(a, b, 0, 4, 0, 1), c, 0, 1, 4, 3),
            __builtin_shufflevector(__builtin_shufflevector(a, b, 5, 0, 2, 6), c, 0, 5, 2, 3),
            __builtin_shufflevector(__builtin_shufflevector(a, b, 0, 3, 7, 0), c, 6, 1, 2, 7),
        };
        std::memcpy(scene.picture.barycentric + 3 * at, triples, sizeof(float) * 3 * columns);
    }
}

}  // namespace

void draw_tile(const Scene& scene, int32_t tile) {
    const int32_t x = tile % scene.tiles_x * TILE, y = tile / scene.tiles_x * TILE;
    alignas(64) float inverse_depth[TILE * TILE];
    alignas(64) int32_t owners[TILE * TILE];
    std::memset(inverse_depth, 0, sizeof(inverse_depth));
    std::memset(owners, 0xff, sizeof(owners));

    // Bins and their members ascend, so the first triangle at a depth is the one with the lowest number.
    for (int32_t number = 0; number < scene.bin_count; ++number) {
        const Bin& bin = scene.bins[number];
        for (int32_t entry = bin.start[tile]; entry < bin.start[tile + 1]; ++entry) {
            const int32_t member = bin.member[entry];
            // As an owner, -1 means nobody: pieces count down from -2.
            const int32_t owner = member >= 0 ? member : member - 1 - bin.first_piece;
            cover(owner >= 0 ? scene.records[owner] : scene.pieces[-2 - owner], x, y, owner, inverse_depth, owners);
        }
    }

    Block block;
    const int32_t rows = scene.height - y < TILE ? scene.height - y : TILE;
    const int32_t columns = scene.width - x < TILE ? scene.width - x : TILE;
    for (int32_t row = 0; row < rows; row += BLOCK) {
        for (int32_t column = 0; column < columns; column += BLOCK) {
            const int32_t* shown = owners + (row / BLOCK * BLOCKS + column / BLOCK) * 16;
            for (int part = 0; part < PARTS; ++part) {
                const int at = part * LANES;
                store(block.depth + at, F{} + __builtin_inff());
                store(block.triangle + at, I{} - 1);
                for (int j = 0; j < 3; ++j) store(block.barycentric[j] + at, F{});
                const I owner = load<I>(shown + at);
                uint32_t left = ~sign_bits(owner == -1) & ALL_LANES;
                while (left != 0) {
                    const int32_t first = shown[at + __builtin_ctz(left)];
                    const I mine = owner == first;
                    left &= ~sign_bits(mine);
                    resolve(first >= 0 ? scene.records[first] : scene.pieces[-2 - first], x + column, y + row, part,
                            mine, block);
                }
            }
            write(scene, block, x + column, y + row);
        }
    }
}

}  // namespace avatron::raster::RASTER_NAMESPACE
