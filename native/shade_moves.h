// Neighbours and rows out of memory into vectors, with fewer loads than one gather for each number. Included once per
// instruction set.
#pragma once

#include "shade_simd.h"

namespace SHADE_NAMESPACE {

#if SHADE_ISA == 2

// The numbers at each index and right after it.
SHADE_INLINE void gather_pairs(const int32_t* base, const int32_t* index, I& first, I& second) {
    __m512i halves[2];
    for (int half = 0; half < 2; ++half) {
        __m128i pairs[4];
        for (int k = 0; k < 4; ++k) {
            const int32_t* at = index + 8 * half + 2 * k;
            __m128 low = _mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(base + at[0])));
            pairs[k] = _mm_castps_si128(_mm_loadh_pi(low, reinterpret_cast<const __m64*>(base + at[1])));
        }
        __m256i left = _mm256_inserti128_si256(_mm256_castsi128_si256(pairs[0]), pairs[1], 1);
        __m256i right = _mm256_inserti128_si256(_mm256_castsi128_si256(pairs[2]), pairs[3], 1);
        halves[half] = _mm512_inserti64x4(_mm512_castsi256_si512(left), right, 1);
    }
    const __m512i even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    first = (I)_mm512_permutex2var_epi32(halves[0], even, halves[1]);
    second = (I)_mm512_permutex2var_epi32(halves[0], _mm512_add_epi32(even, _mm512_set1_epi32(1)), halves[1]);
}

// Four floats at each of sixteen addresses: column c holds number c of every row.
SHADE_INLINE void load_rows(const float* const* rows, F* columns) {
    __m512 quads[4];
    for (int k = 0; k < 4; ++k) {
        __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(rows[k])), _mm_loadu_ps(rows[4 + k]), 1);
        __m256 high =
            _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(rows[8 + k])), _mm_loadu_ps(rows[12 + k]), 1);
        quads[k] = _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
    }
    __m512d low01 = _mm512_castps_pd(_mm512_unpacklo_ps(quads[0], quads[1]));
    __m512d high01 = _mm512_castps_pd(_mm512_unpackhi_ps(quads[0], quads[1]));
    __m512d low23 = _mm512_castps_pd(_mm512_unpacklo_ps(quads[2], quads[3]));
    __m512d high23 = _mm512_castps_pd(_mm512_unpackhi_ps(quads[2], quads[3]));
    columns[0] = (F)_mm512_unpacklo_pd(low01, low23), columns[1] = (F)_mm512_unpackhi_pd(low01, low23);
    columns[2] = (F)_mm512_unpacklo_pd(high01, high23), columns[3] = (F)_mm512_unpackhi_pd(high01, high23);
}

// Each group of four lanes filled with its first.
SHADE_INLINE I first_of_fours(I a) { return (I)_mm512_shuffle_epi32((__m512i)a, _MM_PERM_AAAA); }

#elif SHADE_ISA == 1

SHADE_INLINE void gather_pairs(const int32_t* base, const int32_t* index, I& first, I& second) {
    for (int part = 0; part < PARTS; ++part) {
        __m256 halves[2];
        for (int half = 0; half < 2; ++half) {
            __m128 pairs[2];
            for (int k = 0; k < 2; ++k) {
                // Lanes 0 1 4 5 in one half and 2 3 6 7 in the other: the shuffle below works inside of 128 bits.
                const int32_t* at = index + 8 * part + 2 * half + 4 * k;
                __m128 low = _mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(base + at[0])));
                pairs[k] = _mm_loadh_pi(low, reinterpret_cast<const __m64*>(base + at[1]));
            }
            halves[half] = _mm256_insertf128_ps(_mm256_castps128_ps256(pairs[0]), pairs[1], 1);
        }
        first.part[part] = (PartI)_mm256_shuffle_ps(halves[0], halves[1], _MM_SHUFFLE(2, 0, 2, 0));
        second.part[part] = (PartI)_mm256_shuffle_ps(halves[0], halves[1], _MM_SHUFFLE(3, 1, 3, 1));
    }
}

SHADE_INLINE void load_rows(const float* const* rows, F* columns) {
    for (int part = 0; part < PARTS; ++part) {
        const float* const* own = rows + 8 * part;
        __m256 quads[4];
        for (int k = 0; k < 4; ++k)
            quads[k] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(own[k])), _mm_loadu_ps(own[4 + k]), 1);
        __m256d low01 = _mm256_castps_pd(_mm256_unpacklo_ps(quads[0], quads[1]));
        __m256d high01 = _mm256_castps_pd(_mm256_unpackhi_ps(quads[0], quads[1]));
        __m256d low23 = _mm256_castps_pd(_mm256_unpacklo_ps(quads[2], quads[3]));
        __m256d high23 = _mm256_castps_pd(_mm256_unpackhi_ps(quads[2], quads[3]));
        columns[0].part[part] = (PartF)_mm256_unpacklo_pd(low01, low23);
        columns[1].part[part] = (PartF)_mm256_unpackhi_pd(low01, low23);
        columns[2].part[part] = (PartF)_mm256_unpacklo_pd(high01, high23);
        columns[3].part[part] = (PartF)_mm256_unpackhi_pd(high01, high23);
    }
}

#define SHADE_FIRSTS(k) (PartI)_mm256_shuffle_epi32((__m256i)a.part[k], 0)
SHADE_INLINE I first_of_fours(I a) { return SHADE_PARTS(SHADE_FIRSTS); }
#undef SHADE_FIRSTS

#else

SHADE_INLINE void gather_pairs(const int32_t* base, const int32_t* index, I& first, I& second) {
    alignas(64) int32_t here[LANES], beside[LANES];
    for (int lane = 0; lane < LANES; ++lane) here[lane] = base[index[lane]], beside[lane] = base[index[lane] + 1];
    first = loadi(here), second = loadi(beside);
}

SHADE_INLINE void load_rows(const float* const* rows, F* columns) {
    alignas(64) float turned[4][LANES];
    for (int lane = 0; lane < LANES; ++lane)
        for (int c = 0; c < 4; ++c) turned[c][lane] = rows[lane][c];
    for (int c = 0; c < 4; ++c) columns[c] = load(turned[c]);
}

#define SHADE_FIRSTS(k) PartI{} + a.part[k][0]
SHADE_INLINE I first_of_fours(I a) { return SHADE_PARTS(SHADE_FIRSTS); }
#undef SHADE_FIRSTS

#endif

}  // namespace SHADE_NAMESPACE
