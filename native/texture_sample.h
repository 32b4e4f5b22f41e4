// The colour of up to sixteen pixels of a texture at a time, compiled once per instruction set (TEXTURE_NAMESPACE).
//
// Places, levels and weights are loops over sixteen lanes, which the compiler turns into vectors; the texels of a pixel
// are fetched one by one and blended as vectors of four channels, which is faster than gathering single bytes.
// No standard library here: the linker could give everybody this file's copy.
#pragma once

#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "texture.h"

namespace avatron::texture::TEXTURE_NAMESPACE {

namespace {

typedef float F4 __attribute__((vector_size(16)));
typedef uint8_t B4 __attribute__((vector_size(4)));

// log2 of a positive, normal number, to about 1e-7: log2(m) = 2 / ln 2 * artanh((m - 1) / (m + 1)).
inline float log2_of(float value) {
    int32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    // The mantissa is brought between the roots of 1/2 and 2, where the series is short.
    const int32_t exponent = (bits - 0x3f3504f3) >> 23;
    bits -= exponent << 23;
    float mantissa;
    std::memcpy(&mantissa, &bits, sizeof(mantissa));
    const float s = (mantissa - 1.0f) / (mantissa + 1.0f), square = s * s;
    const float series = s * (1.0f + square * (1.0f / 3.0f + square * (1.0f / 5.0f + square * (1.0f / 7.0f))));
    return static_cast<float>(exponent) + series * 2.8853900817779268f;
}

// Where along one axis of `size` texels a place in texels falls: between `before` and `after`, `part` of the way.
struct Tap {
    int32_t before, after;
    float part;
};
inline Tap tap(float place, int32_t size, bool repeat) {
    const float last = static_cast<float>(size - 1);
    if (!repeat) {
        place = place > 0.0f ? place : 0.0f;  // NaN too
        place = place < last ? place : last;
    }
    const float whole = __builtin_floorf(place);
    const int32_t at = static_cast<int32_t>(whole);
    if (repeat) return {at < 0 ? size - 1 : at, at + 1 == size ? 0 : at + 1, place - whole};
    return {at, at + 1 < size ? at + 1 : at, place - whole};
}

inline F4 texel(const uint8_t* row, int32_t column) {
    const uint8_t* const source = row + static_cast<int64_t>(TEXEL) * column;
#if defined(__SSE2__)
    // Written out, since the compiler converts vectors of four bytes one by one.
    int32_t bits;
    std::memcpy(&bits, source, TEXEL);
    const __m128i bytes = _mm_cvtsi32_si128(bits);
#if defined(__SSE4_1__)
    return (F4)_mm_cvtepi32_ps(_mm_cvtepu8_epi32(bytes));
#else
    const __m128i zero = _mm_setzero_si128();
    return (F4)_mm_cvtepi32_ps(_mm_unpacklo_epi16(_mm_unpacklo_epi8(bytes, zero), zero));
#endif
#else
    B4 bytes;
    std::memcpy(&bytes, source, TEXEL);
    return __builtin_convertvector(bytes, F4);
#endif
}

inline void store(F4 colour, int32_t channels, float* out) {
    switch (channels) {
        case 1: std::memcpy(out, &colour, 1 * sizeof(float)); break;
        case 2: std::memcpy(out, &colour, 2 * sizeof(float)); break;
        case 3: std::memcpy(out, &colour, 3 * sizeof(float)); break;
        default: std::memcpy(out, &colour, 4 * sizeof(float)); break;
    }
}

// u and v within 0 to 1, if it repeats.
inline F4 bilinear(const Pyramid& pyramid, const Level& level, float u, float v) {
    const Tap x = tap(u * static_cast<float>(level.width) - 0.5f, level.width, pyramid.repeat);
    const Tap y = tap((1.0f - v) * static_cast<float>(level.height) - 0.5f, level.height, pyramid.repeat);
    const uint8_t* const texels = pyramid.texels + TEXEL * level.first;
    const uint8_t* const above = texels + static_cast<int64_t>(TEXEL) * level.width * y.before;
    const uint8_t* const below = texels + static_cast<int64_t>(TEXEL) * level.width * y.after;
    const F4 a = texel(above, x.before), b = texel(above, x.after);
    const F4 c = texel(below, x.before), d = texel(below, x.after);
    const F4 top = a + (b - a) * x.part, bottom = c + (d - c) * x.part;
    return top + (bottom - top) * y.part;
}

// `level` within 0 to the last one.
inline void sample_one(const Pyramid& pyramid, float u, float v, float level, float* out) {
    const int32_t finer = static_cast<int32_t>(level);
    const float part = level - static_cast<float>(finer);
    F4 colour = bilinear(pyramid, pyramid.level[finer], u, v);
    if (part > 0.0f) colour = colour + (bilinear(pyramid, pyramid.level[finer + 1], u, v) - colour) * part;
    store(colour * (1.0f / 255.0f), pyramid.channels, out);
}

inline float wrapped(float value, bool repeat) {
    if (!repeat) return value;
    const float part = value - __builtin_floorf(value);
    return part >= 0.0f ? part : 0.0f;  // coordinates so large that their sum is infinite have no part
}

inline float clamped_level(float level, int32_t levels) {
    const float last = static_cast<float>(levels - 1);
    level = level > 0.0f ? level : 0.0f;  // NaN too
    return level < last ? level : last;
}

}  // namespace

void sample_range(const Pyramid& pyramid, const float* uv, const float* level, int64_t begin, int64_t end, float* out) {
    for (int64_t pixel = begin; pixel < end; ++pixel) {
        const float at = level == nullptr ? 0.0f : clamped_level(level[pixel], pyramid.levels);
        sample_one(pyramid, wrapped(uv[2 * pixel], pyramid.repeat), wrapped(uv[2 * pixel + 1], pyramid.repeat), at,
                   out + pixel * pyramid.channels);
    }
}

void sample_surface_range(const Pyramid& pyramid, const Surface& surface, int64_t begin, int64_t end, float* out,
                          float* level_out) {
    const float width = static_cast<float>(pyramid.level[0].width);
    const float height = static_cast<float>(pyramid.level[0].height);
    for (int64_t first = begin; first < end; first += RUN) {
        const int count = end - first < RUN ? static_cast<int>(end - first) : RUN;
        float u[RUN] = {}, v[RUN] = {}, depth[RUN] = {}, gradient[6][RUN] = {}, level[RUN];
        bool any = false;
        for (int lane = 0; lane < count; ++lane) {
            const int64_t pixel = first + lane;
            const int32_t id = surface.ids[pixel];
            if (id < 0) continue;
            any = true;
            const int32_t* corner = surface.uv_triangle + 3 * static_cast<int64_t>(id);
            const float* share = surface.barycentric + 3 * pixel;
            const float *a = surface.uv + 2 * static_cast<int64_t>(corner[0]),
                        *b = surface.uv + 2 * static_cast<int64_t>(corner[1]),
                        *c = surface.uv + 2 * static_cast<int64_t>(corner[2]);
            u[lane] = share[0] * a[0] + share[1] * b[0] + share[2] * c[0];
            v[lane] = share[0] * a[1] + share[1] * b[1] + share[2] * c[1];
            depth[lane] = surface.depth[pixel];
            for (int i = 0; i < 6; ++i) gradient[i][lane] = surface.gradient[6 * static_cast<int64_t>(id) + i];
        }
        if (any) {
            for (int lane = 0; lane < RUN; ++lane) {
                // u = sum of share * u_i, differentiated along the screen (see `set_gradients`).
                const float u_x = depth[lane] * (gradient[0][lane] - u[lane] * gradient[4][lane]) * width;
                const float u_y = depth[lane] * (gradient[1][lane] - u[lane] * gradient[5][lane]) * width;
                const float v_x = depth[lane] * (gradient[2][lane] - v[lane] * gradient[4][lane]) * height;
                const float v_y = depth[lane] * (gradient[3][lane] - v[lane] * gradient[5][lane]) * height;
                const float along_x = u_x * u_x + v_x * v_x, along_y = u_y * u_y + v_y * v_y;
                float texels = along_x > along_y ? along_x : along_y;
                // From 2^-32 to 2^32 texels a pixel; NaN counts as little.
                texels = texels > 5.421010862427522e-20f ? texels : 5.421010862427522e-20f;
                texels = texels < 1.8446744073709552e19f ? texels : 1.8446744073709552e19f;
                level[lane] = clamped_level(0.5f * log2_of(texels) + surface.bias, pyramid.levels);
                u[lane] = wrapped(u[lane], pyramid.repeat);
                v[lane] = wrapped(v[lane], pyramid.repeat);
            }
        }
        for (int lane = 0; lane < count; ++lane) {
            const int64_t pixel = first + lane;
            const bool shown = surface.ids[pixel] >= 0;
            float* const target = out + pixel * pyramid.channels;
            if (shown)
                sample_one(pyramid, u[lane], v[lane], level[lane], target);
            else
                for (int32_t channel = 0; channel < pyramid.channels; ++channel) target[channel] = surface.empty;
            if (level_out != nullptr) level_out[pixel] = shown ? level[lane] : 0.0f;
        }
    }
}

}  // namespace avatron::texture::TEXTURE_NAMESPACE
