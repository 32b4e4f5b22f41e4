// Sixteen-lane vectors for the shading kernels, on the compiler's vector extensions.
//
// The same source is compiled three times (SHADE_ISA 0 portable, 1 AVX2 + FMA, 2 AVX-512), each time inside another
// namespace. Only what the extensions lack (gathers, square roots, min/max) is written per instruction set.
#pragma once

#include <cstdint>
#include <cstring>
#if SHADE_ISA > 0
#include <immintrin.h>
#endif

#define SHADE_INLINE static inline __attribute__((always_inline))

#if SHADE_ISA < 2
#include "shade_simd_parts.h"
#endif

namespace SHADE_NAMESPACE {

constexpr int LANES = 16;

#if SHADE_ISA == 2
typedef float F __attribute__((vector_size(64)));
typedef int32_t I __attribute__((vector_size(64)));
#endif

struct V3 {
    F x, y, z;
};

SHADE_INLINE F set1(float value) { return F{} + value; }
SHADE_INLINE I set1i(int32_t value) { return I{} + value; }
#if SHADE_ISA == 2
SHADE_INLINE F load(const float* source) {
    F result;
    std::memcpy(&result, source, sizeof(F));
    return result;
}
SHADE_INLINE I loadi(const int32_t* source) {
    I result;
    std::memcpy(&result, source, sizeof(I));
    return result;
}
#else
// Part by part: a copy of the whole goes through memory, in pieces that the next instruction waits for.
template <typename Part, typename Scalar> SHADE_INLINE Part load_part(const Scalar* source) {
    Part result;
    std::memcpy(&result, source, sizeof(Part));
    return result;
}
#define SHADE_LOADED(k) load_part<PartF>(source + (k) * PART_LANES)
SHADE_INLINE F load(const float* source) { return SHADE_PARTS(SHADE_LOADED); }
#undef SHADE_LOADED
#define SHADE_LOADED(k) load_part<PartI>(source + (k) * PART_LANES)
SHADE_INLINE I loadi(const int32_t* source) { return SHADE_PARTS(SHADE_LOADED); }
#undef SHADE_LOADED
#endif
#if SHADE_ISA == 2
SHADE_INLINE void store(float* target, F value) { std::memcpy(target, &value, sizeof(F)); }
SHADE_INLINE void store(int32_t* target, I value) { std::memcpy(target, &value, sizeof(I)); }
#else
SHADE_INLINE void store(float* target, F value) {
    for (int k = 0; k < PARTS; ++k) std::memcpy(target + k * PART_LANES, &value.part[k], sizeof(PartF));
}
SHADE_INLINE void store(int32_t* target, I value) {
    for (int k = 0; k < PARTS; ++k) std::memcpy(target + k * PART_LANES, &value.part[k], sizeof(PartI));
}
#endif
#if SHADE_ISA == 2
SHADE_INLINE F to_float(I value) { return __builtin_convertvector(value, F); }
SHADE_INLINE I truncate(F value) { return __builtin_convertvector(value, I); }
#else
#define SHADE_CONVERTED(k) __builtin_convertvector(value.part[k], PartF)
SHADE_INLINE F to_float(I value) { return SHADE_PARTS(SHADE_CONVERTED); }
#undef SHADE_CONVERTED
#define SHADE_CONVERTED(k) __builtin_convertvector(value.part[k], PartI)
SHADE_INLINE I truncate(F value) { return SHADE_PARTS(SHADE_CONVERTED); }
#undef SHADE_CONVERTED
#endif
#if SHADE_ISA == 2
SHADE_INLINE I bits(F value) { return (I)value; }
SHADE_INLINE F from_bits(I value) { return (F)value; }
#else
#define SHADE_BITS(k) (PartI)value.part[k]
SHADE_INLINE I bits(F value) { return SHADE_PARTS(SHADE_BITS); }
#undef SHADE_BITS
#define SHADE_BITS(k) (PartF)value.part[k]
SHADE_INLINE F from_bits(I value) { return SHADE_PARTS(SHADE_BITS); }
#undef SHADE_BITS
#endif
#if SHADE_ISA == 2
SHADE_INLINE F select(I mask, F yes, F no) { return mask ? yes : no; }
SHADE_INLINE I selecti(I mask, I yes, I no) { return mask ? yes : no; }
#else
#define SHADE_CHOSEN(k) mask.part[k] ? yes.part[k] : no.part[k]
SHADE_INLINE F select(I mask, F yes, F no) { return SHADE_PARTS(SHADE_CHOSEN); }
SHADE_INLINE I selecti(I mask, I yes, I no) { return SHADE_PARTS(SHADE_CHOSEN); }
#undef SHADE_CHOSEN
#endif

SHADE_INLINE F iota() {
    alignas(64) static constexpr float NUMBERS[LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return load(NUMBERS);
}

#if SHADE_ISA == 2

SHADE_INLINE F max(F a, F b) { return (F)_mm512_max_ps((__m512)a, (__m512)b); }
SHADE_INLINE F min(F a, F b) { return (F)_mm512_min_ps((__m512)a, (__m512)b); }
SHADE_INLINE F sqrt(F a) { return (F)_mm512_sqrt_ps((__m512)a); }
SHADE_INLINE F inverse_sqrt(F a) {
    F guess = (F)_mm512_rsqrt14_ps((__m512)a);
    return guess * (1.5f - 0.5f * a * guess * guess);
}
SHADE_INLINE F inverse(F a) {
    F guess = (F)_mm512_rcp14_ps((__m512)a);
    return guess * (2.0f - a * guess);
}
SHADE_INLINE F gather(const float* base, I index) {
    return (F)_mm512_i32gather_ps((__m512i)index, base, 4);
}
SHADE_INLINE I gatheri(const int32_t* base, I index) {
    return (I)_mm512_i32gather_epi32((__m512i)index, base, 4);
}
SHADE_INLINE uint32_t mask_bits(I mask) {
    return static_cast<uint32_t>(_mm512_movepi32_mask((__m512i)mask));
}

// Lanes below zero, as bits.
SHADE_INLINE uint32_t negative_bits(F a) {
    return static_cast<uint32_t>(_mm512_movepi32_mask(_mm512_castps_si512((__m512)a)));
}
// `value` in the lanes of `bits`, 0 elsewhere.
SHADE_INLINE F where_bits(uint32_t bits, F value) {
    return (F)_mm512_maskz_mov_ps(static_cast<__mmask16>(bits), (__m512)value);
}

// Keeps `value` and `mark` where a sample lies inside of a triangle (both weights and their complement not below
// `slack`) and nearer than what was kept.
SHADE_INLINE void keep_nearest(F w1, F w2, F value, float slack, I mark, float* nearest, int32_t* marks) {
    __mmask16 hit = _mm512_cmp_ps_mask((__m512)w1, _mm512_set1_ps(slack), _CMP_GE_OQ);
    hit = _mm512_mask_cmp_ps_mask(hit, (__m512)w2, _mm512_set1_ps(slack), _CMP_GE_OQ);
    hit = _mm512_mask_cmp_ps_mask(hit, (__m512)(w1 + w2), _mm512_set1_ps(1.0f - slack), _CMP_LE_OQ);
    hit = _mm512_mask_cmp_ps_mask(hit, (__m512)value, _mm512_load_ps(nearest), _CMP_GT_OQ);
    _mm512_mask_store_ps(nearest, hit, (__m512)value);
    _mm512_mask_store_epi32(marks, hit, (__m512i)mark);
}
// Keeps `value` and `mark` in the lanes of `bits`.
SHADE_INLINE void keep_where(uint32_t bits, F value, I mark, float* values, int32_t* marks) {
    __mmask16 chosen = static_cast<__mmask16>(bits);
    _mm512_store_ps(values, _mm512_mask_mov_ps(_mm512_load_ps(values), chosen, (__m512)value));
    _mm512_store_si512(marks, _mm512_mask_mov_epi32(_mm512_load_si512(marks), chosen, (__m512i)mark));
}
// The lanes of `bits`, one after another; what stands behind them may change.
SHADE_INLINE void keep_packed(int32_t* target, uint32_t bits, I value) {
    _mm512_storeu_si512(target, _mm512_maskz_compress_epi32(static_cast<__mmask16>(bits), (__m512i)value));
}
SHADE_INLINE void keep_packed(float* target, uint32_t bits, F value) {
    _mm512_storeu_ps(target, _mm512_maskz_compress_ps(static_cast<__mmask16>(bits), (__m512)value));
}
// The samples inside of a triangle and nearer than `before`, as bits.
SHADE_INLINE uint32_t nearer_bits(F w1, F w2, F value, float slack, F before) {
    __mmask16 hit = _mm512_cmp_ps_mask((__m512)w1, _mm512_set1_ps(slack), _CMP_GE_OQ);
    hit = _mm512_mask_cmp_ps_mask(hit, (__m512)w2, _mm512_set1_ps(slack), _CMP_GE_OQ);
    hit = _mm512_mask_cmp_ps_mask(hit, (__m512)(w1 + w2), _mm512_set1_ps(1.0f - slack), _CMP_LE_OQ);
    return _mm512_mask_cmp_ps_mask(hit, (__m512)value, (__m512)before, _CMP_GT_OQ);
}
// columns[f][lane] = rows[lane][f], by four rounds of exchanging halves.
SHADE_INLINE void transpose(const float (*rows)[16], F* columns) {
    __m512 a[16], b[16];
    for (int k = 0; k < 16; ++k) a[k] = _mm512_load_ps(rows[k]);
    for (int k = 0; k < 16; k += 2)
        b[k] = _mm512_unpacklo_ps(a[k], a[k + 1]), b[k + 1] = _mm512_unpackhi_ps(a[k], a[k + 1]);
    for (int k = 0; k < 16; k += 4) {
        for (int half = 0; half < 2; ++half) {
            __m512d low = _mm512_castps_pd(b[k + half]), high = _mm512_castps_pd(b[k + 2 + half]);
            a[k + 2 * half] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            a[k + 2 * half + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    }
    for (int k = 0; k < 4; ++k) {
        b[k] = _mm512_shuffle_f32x4(a[k], a[k + 4], 0x88), b[k + 4] = _mm512_shuffle_f32x4(a[k], a[k + 4], 0xdd);
        b[k + 8] = _mm512_shuffle_f32x4(a[k + 8], a[k + 12], 0x88);
        b[k + 12] = _mm512_shuffle_f32x4(a[k + 8], a[k + 12], 0xdd);
    }
    for (int k = 0; k < 4; ++k) {
        columns[k] = (F)_mm512_shuffle_f32x4(b[k], b[k + 8], 0x88);
        columns[k + 8] = (F)_mm512_shuffle_f32x4(b[k], b[k + 8], 0xdd);
        columns[k + 4] = (F)_mm512_shuffle_f32x4(b[k + 4], b[k + 12], 0x88);
        columns[k + 12] = (F)_mm512_shuffle_f32x4(b[k + 4], b[k + 12], 0xdd);
    }
}

#elif SHADE_ISA == 1

#define SHADE_MAX(k) (PartF)_mm256_max_ps((__m256)a.part[k], (__m256)b.part[k])
#define SHADE_MIN(k) (PartF)_mm256_min_ps((__m256)a.part[k], (__m256)b.part[k])
#define SHADE_SQRT(k) (PartF)_mm256_sqrt_ps((__m256)a.part[k])
#define SHADE_RSQRT(k) (PartF)_mm256_rsqrt_ps((__m256)a.part[k])
#define SHADE_RCP(k) (PartF)_mm256_rcp_ps((__m256)a.part[k])
#define SHADE_GATHER(k) (PartF)_mm256_i32gather_ps(base, (__m256i)index.part[k], 4)
#define SHADE_GATHERI(k) (PartI)_mm256_i32gather_epi32(base, (__m256i)index.part[k], 4)
SHADE_INLINE F max(F a, F b) { return SHADE_PARTS(SHADE_MAX); }
SHADE_INLINE F min(F a, F b) { return SHADE_PARTS(SHADE_MIN); }
SHADE_INLINE F sqrt(F a) { return SHADE_PARTS(SHADE_SQRT); }
SHADE_INLINE F inverse_sqrt(F a) {
    F guess = SHADE_PARTS(SHADE_RSQRT);
    return guess * (1.5f - 0.5f * a * guess * guess);
}
SHADE_INLINE F inverse(F a) {
    F guess = SHADE_PARTS(SHADE_RCP);
    return guess * (2.0f - a * guess);
}
SHADE_INLINE F gather(const float* base, I index) { return SHADE_PARTS(SHADE_GATHER); }
SHADE_INLINE I gatheri(const int32_t* base, I index) { return SHADE_PARTS(SHADE_GATHERI); }
SHADE_INLINE uint32_t mask_bits(I mask) {
    return static_cast<uint32_t>(_mm256_movemask_ps((__m256)mask.part[0])) |
           static_cast<uint32_t>(_mm256_movemask_ps((__m256)mask.part[1])) << 8;
}

#else

SHADE_INLINE F max(F a, F b) { return select(a > b, a, b); }
SHADE_INLINE F min(F a, F b) { return select(a < b, a, b); }
SHADE_INLINE F sqrt(F a) {
    for (int lane = 0; lane < LANES; ++lane) a[lane] = __builtin_sqrtf(a[lane]);
    return a;
}
SHADE_INLINE F inverse_sqrt(F a) { return 1.0f / sqrt(a); }
SHADE_INLINE F inverse(F a) { return 1.0f / a; }
SHADE_INLINE F gather(const float* base, I index) {
    alignas(64) int32_t from[LANES];
    alignas(64) float result[LANES];
    store(from, index);
    for (int lane = 0; lane < LANES; ++lane) result[lane] = base[from[lane]];
    return load(result);
}
SHADE_INLINE I gatheri(const int32_t* base, I index) {
    alignas(64) int32_t from[LANES], result[LANES];
    store(from, index);
    for (int lane = 0; lane < LANES; ++lane) result[lane] = base[from[lane]];
    return loadi(result);
}
SHADE_INLINE uint32_t mask_bits(I mask) {
    uint32_t result = 0;
    for (int lane = 0; lane < LANES; ++lane) result |= (mask[lane] != 0 ? 1u : 0u) << lane;
    return result;
}

#endif

#if SHADE_ISA < 2

SHADE_INLINE uint32_t negative_bits(F a) { return mask_bits(a < 0.0f); }
SHADE_INLINE I bits_to_lanes(uint32_t bits) {
    alignas(64) static constexpr int32_t OWN[LANES] = {1,   2,   4,    8,    16,   32,   64,    128,
                                                       256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    I own = loadi(OWN);
    return (own & static_cast<int32_t>(bits)) == own;
}
SHADE_INLINE F where_bits(uint32_t bits, F value) { return select(bits_to_lanes(bits), value, filled(0.0f)); }
SHADE_INLINE void keep_where(uint32_t bits, F value, I mark, float* values, int32_t* marks) {
    I chosen = bits_to_lanes(bits);
    store(values, select(chosen, value, load(values)));
    store(marks, selecti(chosen, mark, loadi(marks)));
}
template <typename T, typename V> SHADE_INLINE void keep_packed(T* target, uint32_t bits, V value) {
    alignas(64) T all[LANES];
    store(all, value);
    for (; bits != 0; bits &= bits - 1) *target++ = all[__builtin_ctz(bits)];
}
SHADE_INLINE uint32_t nearer_bits(F w1, F w2, F value, float slack, F before) {
    return mask_bits((w1 >= slack) & (w2 >= slack) & ((w1 + w2) <= (1.0f - slack)) & (value > before));
}
SHADE_INLINE void keep_nearest(F w1, F w2, F value, float slack, I mark, float* nearest, int32_t* marks) {
    F before = load(nearest);
    I hit = (w1 >= slack) & (w2 >= slack) & ((w1 + w2) <= (1.0f - slack)) & (value > before);
    if (mask_bits(hit) == 0) return;
    store(nearest, select(hit, value, before));
    store(marks, selecti(hit, mark, loadi(marks)));
}
SHADE_INLINE void transpose(const float (*rows)[16], F* columns) {
    alignas(64) float turned[16][LANES];
    for (int field = 0; field < 16; ++field)
        for (int lane = 0; lane < LANES; ++lane) turned[field][lane] = rows[lane][field];
    for (int field = 0; field < 16; ++field) columns[field] = load(turned[field]);
}

#endif

SHADE_INLINE F max(F a, float b) { return max(a, set1(b)); }
SHADE_INLINE F min(F a, float b) { return min(a, set1(b)); }
SHADE_INLINE F clamp(F a, float low, float high) { return min(max(a, low), high); }
SHADE_INLINE F saturate(F a) { return clamp(a, 0.0f, 1.0f); }
SHADE_INLINE F absolute(F a) { return from_bits(bits(a) & 0x7fffffff); }
SHADE_INLINE F smooth(F t) { return t * t * (3.0f - 2.0f * t); }
SHADE_INLINE F mix(F a, F b, F t) { return a + (b - a) * t; }
SHADE_INLINE F floor(F a) {
    F whole = to_float(truncate(a));
    return whole - select(whole > a, set1(1.0f), set1(0.0f));
}

// 2^a, relative error below 3e-6 for |a| < 126 (degree-5 fit on [0, 1)).
SHADE_INLINE F exp2(F a) {
    a = clamp(a, -126.0f, 126.0f);
    F whole = floor(a), part = a - whole;
    F value = 0.99999994f +
            part * (0.69315308f +
                    part * (0.24015361f + part * (0.055826318f + part * (0.0089893397f + part * 0.0018775767f))));
    return value * from_bits((truncate(whole) + 127) << 23);
}

// log2(a) for a > 0, absolute error below 2e-5.
SHADE_INLINE F log2(F a) {
    I raw = bits(a);
    F exponent = to_float((raw >> 23) - 127);
    F m = from_bits((raw & 0x007fffff) | 0x3f800000);
    // log2(m) through s = (m - sqrt2) / (m + sqrt2): an odd series that converges fast.
    F s = (m - 1.41421356f) * inverse(m + 1.41421356f), s2 = s * s;
    return exponent + 0.5f + s * (2.88539008f + s2 * (0.96179669f + s2 * (0.57707802f + s2 * 0.41219859f)));
}

SHADE_INLINE F exp(F a) { return exp2(a * 1.44269504f); }
SHADE_INLINE F power(F a, F exponent) { return exp2(log2(max(a, 1e-8f)) * exponent); }

// pi/2 - arccos polynomial of Abramowitz and Stegun 4.4.45: error below 7e-5 radians.
SHADE_INLINE F arcsine(F a) {
    F size = min(absolute(a), 1.0f);
    F angle = 1.57079633f -
              sqrt(1.0f - size) * (1.5707288f + size * (-0.2121144f + size * (0.0742610f - 0.0187293f * size)));
    return select(a < 0.0f, -angle, angle);
}

SHADE_INLINE F dot(V3 a, V3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
SHADE_INLINE F dot(V3 a, const float* b) { return a.x * b[0] + a.y * b[1] + a.z * b[2]; }
SHADE_INLINE V3 operator+(V3 a, V3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
SHADE_INLINE V3 operator-(V3 a, V3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
SHADE_INLINE V3 operator*(V3 a, F b) { return {a.x * b, a.y * b, a.z * b}; }
SHADE_INLINE V3 cross(V3 a, V3 b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
SHADE_INLINE V3 unit(V3 a) { return a * inverse_sqrt(max(dot(a, a), 1e-16f)); }
SHADE_INLINE V3 mix(V3 a, V3 b, F t) { return {mix(a.x, b.x, t), mix(a.y, b.y, t), mix(a.z, b.z, t)}; }
SHADE_INLINE V3 rotate(const float* matrix, V3 a) {
    return {dot(a, matrix), dot(a, matrix + 3), dot(a, matrix + 6)};
}

}  // namespace SHADE_NAMESPACE
