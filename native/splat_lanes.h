// What the splat kernels want of vectors beyond shade_simd.h: masks, a quick power of two, sums over lanes.
#pragma once

#include "shade_simd.h"

namespace SHADE_NAMESPACE {

#if SHADE_ISA == 2

typedef __mmask16 Mask;
SHADE_INLINE Mask at_least(F a, float limit) { return _mm512_cmp_ps_mask((__m512)a, _mm512_set1_ps(limit), _CMP_GE_OQ); }
SHADE_INLINE Mask at_least(Mask within, F a, float limit) {
    return _mm512_mask_cmp_ps_mask(within, (__m512)a, _mm512_set1_ps(limit), _CMP_GE_OQ);
}
SHADE_INLINE Mask below(Mask within, F a, float limit) {
    return _mm512_mask_cmp_ps_mask(within, (__m512)a, _mm512_set1_ps(limit), _CMP_LT_OQ);
}
SHADE_INLINE Mask at_most(Mask within, F a, float limit) {
    return _mm512_mask_cmp_ps_mask(within, (__m512)a, _mm512_set1_ps(limit), _CMP_LE_OQ);
}
SHADE_INLINE F keep(Mask mask, F value) { return (F)_mm512_maskz_mov_ps(mask, (__m512)value); }
SHADE_INLINE F choose(Mask mask, F yes, F no) { return (F)_mm512_mask_mov_ps((__m512)no, mask, (__m512)yes); }
SHADE_INLINE uint32_t lanes_of(Mask mask) { return mask; }
SHADE_INLINE Mask lanes_in(uint32_t bits) { return static_cast<Mask>(bits); }
SHADE_INLINE bool any(Mask mask) { return mask != 0; }
// value - factor * value, rounded once.
SHADE_INLINE F less_its_share(F value, F factor) {
    return (F)_mm512_fnmadd_ps((__m512)factor, (__m512)value, (__m512)value);
}
// Of a number that is not negative; relative error below 1e-4.
SHADE_INLINE F quick_root(F a) { return a * (F)_mm512_rsqrt14_ps((__m512)max(a, set1(1e-30f))); }
// Relative error below 3e-6 (minimax of degree 4 on [0, 1)).
SHADE_INLINE F power_of_two(F a) {
    const F part = (F)_mm512_reduce_ps((__m512)a, 1);
    const F value =
        1.00000259f + part * (0.69300384f + part * (0.24144275f + part * (0.05201146f + part * 0.01353417f)));
    return (F)_mm512_scalef_ps((__m512)value, (__m512)a);
}
// Relative error below 8e-5 (minimax of degree 3).
SHADE_INLINE F quick_power_of_two(F a) {
    const F part = (F)_mm512_reduce_ps((__m512)a, 1);
    const F value = 0.99992520f + part * (0.69583374f + part * (0.22606646f + part * 0.07802501f));
    return (F)_mm512_scalef_ps((__m512)value, (__m512)a);
}
// Sums over the lanes of eight vectors, in lanes 0 .. 7.
SHADE_INLINE __m256 sums_of_eight(const F* v) {
    const auto pair = [](__m512 a, __m512 b) { return _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)); };
    const auto four = [](__m512 a, __m512 b) {
        const __m512d c = _mm512_castps_pd(a), d = _mm512_castps_pd(b);
        return _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(c, d)), _mm512_castpd_ps(_mm512_unpackhi_pd(c, d)));
    };
    const __m512 low = four(pair((__m512)v[0], (__m512)v[1]), pair((__m512)v[2], (__m512)v[3]));
    const __m512 high = four(pair((__m512)v[4], (__m512)v[5]), pair((__m512)v[6], (__m512)v[7]));
    const __m512 both = _mm512_add_ps(_mm512_shuffle_f32x4(low, high, 0x88), _mm512_shuffle_f32x4(low, high, 0xdd));
    // Quarters: low, low, high, high.
    const __m512 folded = _mm512_add_ps(both, _mm512_shuffle_f32x4(both, both, 0xb1));
    return _mm512_castps512_ps256(_mm512_shuffle_f32x4(folded, folded, 0x08));
}
template <int N> SHADE_INLINE void store_sums(float* target, const F* v) {
    static_assert(N >= 8 && N <= 16);
    alignas(64) F all[16];
    for (int k = 0; k < 16; ++k) all[k] = k < N ? v[k] : F{};
    _mm256_store_ps(target, sums_of_eight(all));
    if constexpr (N == 9) {
        _mm256_store_ps(target + 8, _mm256_set_ps(0, 0, 0, 0, 0, 0, 0, _mm512_reduce_add_ps((__m512)v[8])));
    } else {
        _mm256_store_ps(target + 8, sums_of_eight(all + 8));
    }
}

#else

typedef I Mask;
SHADE_INLINE Mask at_least(F a, float limit) { return a >= limit; }
SHADE_INLINE Mask at_least(Mask within, F a, float limit) { return within & (a >= limit); }
SHADE_INLINE Mask below(Mask within, F a, float limit) { return within & (a < limit); }
SHADE_INLINE Mask at_most(Mask within, F a, float limit) { return within & (a <= limit); }
SHADE_INLINE F keep(Mask mask, F value) { return from_bits(bits(value) & mask); }
SHADE_INLINE F choose(Mask mask, F yes, F no) { return select(mask, yes, no); }
SHADE_INLINE uint32_t lanes_of(Mask mask) { return mask_bits(mask); }
SHADE_INLINE Mask lanes_in(uint32_t bits) { return bits_to_lanes(bits); }
SHADE_INLINE bool any(Mask mask) { return mask_bits(mask) != 0; }
SHADE_INLINE F less_its_share(F value, F factor) { return value - factor * value; }
SHADE_INLINE F quick_root(F a) { return sqrt(a); }
SHADE_INLINE F power_of_two(F a) {
    a = max(a, -126.0f);
    const F shifted = a + 12582912.0f;  // 1.5 * 2^23: the whole part stands in the lowest bits
    const F part = a - (shifted - 12582912.0f);
    const F value =
        1.0f + part * (0.69314720f + part * (0.24022651f + part * (0.055503324f + part * (0.0096181291f +
                                                                                          part * 0.0013333558f))));
    return from_bits(bits(value) + (bits(shifted) << 23));
}
SHADE_INLINE F quick_power_of_two(F a) { return power_of_two(a); }
template <int N> SHADE_INLINE void store_sums(float* target, const F* v) {
    for (int k = 0; k < SUMS; ++k) target[k] = 0.0f;
    for (int k = 0; k < N; ++k) {
        PartF total = v[k].part[0];
        for (int part = 1; part < PARTS; ++part) total = total + v[k].part[part];
        float sum = 0.0f;
        for (int lane = 0; lane < PART_LANES; ++lane) sum += total[lane];
        target[k] = sum;
    }
}

#endif

// A quarter of a vector's lanes stand for a row of a block.
struct BlockLanes {
    alignas(64) float x[16] = {0.5f, 1.5f, 2.5f, 3.5f, 0.5f, 1.5f, 2.5f, 3.5f,
                               0.5f, 1.5f, 2.5f, 3.5f, 0.5f, 1.5f, 2.5f, 3.5f};
    alignas(64) float y[16] = {0.5f, 0.5f, 0.5f, 0.5f, 1.5f, 1.5f, 1.5f, 1.5f,
                               2.5f, 2.5f, 2.5f, 2.5f, 3.5f, 3.5f, 3.5f, 3.5f};
};
static constexpr BlockLanes block_lanes;

}  // namespace SHADE_NAMESPACE
