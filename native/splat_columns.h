// Rows of sixteen Gaussians to columns, one vector for each number, and back.
#pragma once

#include "splat_lanes.h"

namespace SHADE_NAMESPACE {

namespace {

#if SHADE_ISA == 2
// Where numbers of rows of W stand in W registers that hold them in one piece, and the other way round.
template <int W> struct Weave {
    alignas(64) int32_t from[W][16]{}, to[W][16]{};
    __mmask16 from_later[W]{}, to_later[W]{};  // in the third or fourth register
    constexpr Weave() {
        for (int k = 0; k < W; ++k) {
            for (int lane = 0; lane < 16; ++lane) {
                const int place = lane * W + k, number = 16 * k + lane;
                from[k][lane] = place % 32;
                if (place >= 32) from_later[k] = static_cast<__mmask16>(from_later[k] | 1 << lane);
                to[k][lane] = number / W + 16 * (number % W % 2);
                if (number % W >= 2) to_later[k] = static_cast<__mmask16>(to_later[k] | 1 << lane);
            }
        }
    }
};
template <int W> constexpr Weave<W> weave;

template <int W> SHADE_INLINE F woven(const __m512* r, const int32_t* from, __mmask16 later) {
    const __m512i places = _mm512_load_si512(from);
    const __m512 value = _mm512_permutex2var_ps(r[0], places, r[W > 1 ? 1 : 0]);
    if constexpr (W <= 2) return (F)value;
    return (F)_mm512_mask_mov_ps(value, later, _mm512_permutex2var_ps(r[W > 2 ? 2 : 0], places, r[W > 3 ? 3 : 0]));
}
#endif

// columns[k][lane] = rows[lane * W + k] of `present` rows; lanes behind them repeat the last.
template <int W> SHADE_INLINE void load_columns(const float* rows, int present, F* columns) {
    static_assert(W <= 4);
    alignas(64) float padded[16 * W];
    if (present < LANES) {
        for (int lane = 0; lane < LANES; ++lane)
            std::memcpy(padded + lane * W, rows + (lane < present ? lane : present - 1) * W, W * sizeof(float));
        rows = padded;
    }
    if constexpr (W == 1) {
        columns[0] = load(rows);
        return;
    }
#if SHADE_ISA == 2
    __m512 r[W];
    for (int k = 0; k < W; ++k) r[k] = (__m512)load(rows + 16 * k);
    for (int k = 0; k < W; ++k) columns[k] = woven<W>(r, weave<W>.from[k], weave<W>.from_later[k]);
#else
    alignas(64) float turned[W][16];
    for (int lane = 0; lane < LANES; ++lane)
        for (int k = 0; k < W; ++k) turned[k][lane] = rows[lane * W + k];
    for (int k = 0; k < W; ++k) columns[k] = load(turned[k]);
#endif
}

// The other way round; only rows that are present are written.
template <int W> SHADE_INLINE void store_columns(float* rows, int present, const F* columns) {
    static_assert(W <= 4);
    alignas(64) float all[16 * W];
    float* target = present < LANES ? all : rows;
#if SHADE_ISA == 2
    __m512 c[W];
    for (int k = 0; k < W; ++k) c[k] = (__m512)columns[k];
    for (int k = 0; k < W; ++k) store(target + 16 * k, woven<W>(c, weave<W>.to[k], weave<W>.to_later[k]));
#else
    alignas(64) float turned[W][16];
    for (int k = 0; k < W; ++k) store(turned[k], columns[k]);
    for (int lane = 0; lane < LANES; ++lane)
        for (int k = 0; k < W; ++k) target[lane * W + k] = turned[k][lane];
#endif
    if (present < LANES) std::memcpy(rows, all, static_cast<size_t>(present) * W * sizeof(float));
}

// Eight numbers of each of sixteen rows, wherever they lie, 32 bytes aligned: columns[k][lane] = row_of(lane)[k].
template <typename RowOf> SHADE_INLINE void eight_columns(RowOf&& row_of, F* columns) {
#if SHADE_ISA == 2
    // A register holds those of two rows, so that halves come out in order.
    const auto two = [&](int lane) {
        return _mm512_insertf32x8(_mm512_castps256_ps512(_mm256_load_ps(row_of(lane))), _mm256_load_ps(row_of(lane + 4)), 1);
    };
    __m512 turned[2][4];
    for (int half = 0; half < 2; ++half) {
        __m512 r[4];
        for (int k = 0; k < 4; ++k) r[k] = two(8 * half + k);
        const __m512d low = _mm512_castps_pd(_mm512_unpacklo_ps(r[0], r[1])),
                      low_next = _mm512_castps_pd(_mm512_unpacklo_ps(r[2], r[3])),
                      high = _mm512_castps_pd(_mm512_unpackhi_ps(r[0], r[1])),
                      high_next = _mm512_castps_pd(_mm512_unpackhi_ps(r[2], r[3]));
        turned[half][0] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, low_next));
        turned[half][1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, low_next));
        turned[half][2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high, high_next));
        turned[half][3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high, high_next));
    }
    for (int k = 0; k < 4; ++k) {
        columns[k] = (F)_mm512_shuffle_f32x4(turned[0][k], turned[1][k], 0x88);
        columns[4 + k] = (F)_mm512_shuffle_f32x4(turned[0][k], turned[1][k], 0xdd);
    }
#else
    alignas(64) float turned[8][16];
    for (int lane = 0; lane < LANES; ++lane) {
        const float* row = row_of(lane);
        for (int k = 0; k < 8; ++k) turned[k][lane] = row[k];
    }
    for (int k = 0; k < 8; ++k) columns[k] = load(turned[k]);
#endif
}

}  // namespace

}  // namespace SHADE_NAMESPACE
