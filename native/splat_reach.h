// Which of a tile's sixteen blocks of 4 x 4 pixels Gaussians reach, sixteen Gaussians at a time, and so the list of each.
#pragma once

#include "splat.h"
#include "splat_columns.h"

namespace SHADE_NAMESPACE {

namespace {

constexpr int BLOCKS = 16, CHUNK = 256;

// The Gaussians of each block, one after another.
struct BlockLists {
    int32_t count[BLOCKS];
    alignas(64) int32_t member[BLOCKS][CHUNK + 16];
};

// What the reach of sixteen Gaussians follows from, as columns.
struct Reaching {
    F x, y, a, b, c, log_opacity;
};

// Those of `entries`, of which there are up to sixteen; behind the last, it is repeated.
SHADE_INLINE Reaching reaching_of(const Record* records, const uint32_t* entries, int present) {
    F f[8];
    eight_columns([&](int lane) { return &records[entries[lane < present ? lane : present - 1]].x; }, f);
    return {f[0], f[1], f[2], f[3], f[4], f[5]};
}

// Calls `reached(block, mask of lanes)` for every block of the tile at (x, y): where a pixel centre may lie on which alpha
// is not negligible. The ellipse on which it is just that is cut by each row of blocks; how far right and left the piece
// goes is found at the end of the ellipse or, where that lies outside of the row, at the row's edge.
template <typename Function>
SHADE_INLINE void for_blocks_reached(const Reaching& in, float x, float y, Function&& reached) {
    // A little more, so that rounding here decides nothing that the pixels themselves decide.
    const F most = (in.log_opacity - LOG2_LEAST_ALPHA) * 1.0003f + 1e-4f;
    const F inverse_a = inverse(in.a), slope = in.b * inverse_a * -0.5f, ratio = in.c * inverse_a;
    // dx = slope dy +- root(width - narrowing dy^2)
    const F width = most * inverse_a, exact = ratio - slope * slope, narrowing = max(exact - ratio * 3e-7f, 0.0f);
    // Of a long thin Gaussian's ends too little is known for that; the strip it lies in says enough.
    const uint32_t thin = lanes_of(below(lanes_in(0xffff), exact - ratio * 1e-2f, 0.0f));
    const F end = slope * quick_root(width * inverse(max(ratio * narrowing, 1e-30f)));
    const F left_edge = in.x - (x + 3.5f), right_edge = in.x - (x + 0.5f), first = (y + 0.5f) - in.y;
    for (int row = 0; row < 4; ++row) {
        const F top = first + 4.0f * static_cast<float>(row), bottom = top + 3.0f;
        const auto held = [&](F at) { return min(max(at, top), bottom); };
        const auto half = [&](F at) { return width - at * (at * narrowing); };
        const F upper = held(end), lower = held(-end);
        F right = slope * upper + quick_root(max(half(upper), 0.0f)), left = slope * lower - quick_root(max(half(lower), 0.0f));
        if (__builtin_expect(thin != 0, 0)) {
            const F at_top = slope * top, at_bottom = slope * bottom, strip = quick_root(width);
            right = choose(lanes_in(thin), max(at_top, at_bottom) + strip, right);
            left = choose(lanes_in(thin), min(at_top, at_bottom) - strip, left);
        }
        right += right_edge, left += left_edge;
        const Mask crossed = at_least(half(held(set1(0.0f))), 0.0f);
        for (int column = 0; column < 4; ++column) {
            const float place = 4.0f * static_cast<float>(column);
            reached(4 * row + column, at_most(at_least(crossed, right, place), left, place));
        }
    }
}

// Lists `count` entries, up to a chunk, of the tile at (x, y) by block, and keeps which blocks each reaches, of those in
// `live`.
SHADE_INLINE void list_by_block(const Scene& scene, uint32_t begin, int32_t count, float x, float y, uint32_t live,
                                BlockLists& lists) {
    std::memset(lists.count, 0, sizeof(lists.count));
    for (int32_t at = 0; at < count; at += 16) {
        const uint32_t* entries = scene.entries + begin + at;
        // Records lie where their Gaussians do, which is all over the memory. Behind a tile's end is that of the next one.
        for (int lane = 16; lane < 32; ++lane) __builtin_prefetch(&scene.records[entries[lane]]);
        const int present = count - at < 16 ? count - at : 16;
        const Reaching reaching = reaching_of(scene.records, entries, present);
        uint16_t* masks = scene.masks + begin + at;
#if SHADE_ISA == 2
        const uint32_t exist = (1u << present) - 1u;
        const I members = (I)_mm512_maskz_loadu_epi32(static_cast<__mmask16>(exist), entries);
        __m256i blocks = _mm256_setzero_si256();
        for_blocks_reached(reaching, x, y, [&](int block, Mask reached) {
            if ((live >> block & 1u) == 0) return;
            const uint32_t lanes = lanes_of(reached) & exist;
            keep_packed(lists.member[block] + lists.count[block], lanes, members);
            lists.count[block] += __builtin_popcount(lanes);
            const __m256i own = _mm256_set1_epi16(static_cast<int16_t>(1 << block));
            blocks = _mm256_mask_add_epi16(blocks, static_cast<__mmask16>(lanes), blocks, own);
        });
        _mm256_mask_storeu_epi16(masks, static_cast<__mmask16>(exist), blocks);
#else
        I blocks = set1i(0);
        for_blocks_reached(reaching, x, y, [&](int block, Mask reached) { blocks = blocks | (reached & (1 << block)); });
        alignas(64) int32_t kept[16];
        store(kept, blocks);
        for (int lane = 0; lane < present; ++lane) {
            masks[lane] = static_cast<uint16_t>(static_cast<uint32_t>(kept[lane]) & live);
            for (uint32_t left = masks[lane]; left != 0; left &= left - 1) {
                const int block = __builtin_ctz(left);
                lists.member[block][lists.count[block]++] = static_cast<int32_t>(entries[lane]);
            }
        }
#endif
    }
}

}  // namespace

}  // namespace SHADE_NAMESPACE
