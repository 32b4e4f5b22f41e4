// Blocks of 4 x 4 pixels from pictures and to them, as one vector for each channel.
#pragma once

#include "splat.h"
#include "splat_lanes.h"

namespace SHADE_NAMESPACE {

namespace {

// Which of a block's pixels exist, as bits.
SHADE_INLINE uint32_t pixels_inside(const View& view, int32_t x, int32_t y) {
    uint32_t inside = 0;
    for (int32_t row = 0; row < BLOCK && y + row < view.height; ++row)
        for (int32_t column = 0; column < BLOCK && x + column < view.width; ++column) inside |= 1u << (row * BLOCK + column);
    return inside;
}

#if SHADE_ISA == 2
// Twelve floats of a row of four pixels, and the lanes of red, green and blue vectors that they are.
struct RowOfPixels {
    alignas(64) int32_t from[16] = {0, 16, 0, 1, 17, 1, 2, 18, 2, 3, 19, 3, 0, 0, 0, 0};
    alignas(64) int32_t two_rows[16] = {0, 3, 6, 9, 16, 19, 22, 25, 0, 3, 6, 9, 16, 19, 22, 25};
};
static constexpr RowOfPixels row_of_pixels;
constexpr __mmask16 TWELVE = 0x0fff, BLUE = 0x924, LOWER_ROWS = 0xff00;
#endif

// [H, W, D] pixels to D vectors; 0 outside.
template <int D>
SHADE_INLINE void load_block(const float* source, int channels, const View& view, int32_t x, int32_t y, F* values) {
#if SHADE_ISA == 2
    if (D == 3 && channels == 3 && x + BLOCK <= view.width && y + BLOCK <= view.height) {
        const float* row = source + (static_cast<int64_t>(y) * view.width + x) * 3;
        __m512 rows[BLOCK];
        for (int k = 0; k < BLOCK; ++k) rows[k] = _mm512_maskz_loadu_ps(TWELVE, row + k * 3ll * view.width);
        for (int channel = 0; channel < D; ++channel) {
            const __m512i from = _mm512_add_epi32(_mm512_load_si512(row_of_pixels.two_rows), _mm512_set1_epi32(channel));
            const __m512 upper = _mm512_permutex2var_ps(rows[0], from, rows[1]);
            const __m512 lower = _mm512_permutex2var_ps(rows[2], from, rows[3]);
            values[channel] = (F)_mm512_mask_mov_ps(upper, LOWER_ROWS, lower);
        }
        return;
    }
#endif
    alignas(64) float planes[D][16];
    std::memset(planes, 0, sizeof(planes));
    for (int32_t row = 0; row < BLOCK && y + row < view.height; ++row) {
        for (int32_t column = 0; column < BLOCK && x + column < view.width; ++column) {
            const float* pixel = source + (static_cast<int64_t>(y + row) * view.width + x + column) * channels;
            for (int channel = 0; channel < channels; ++channel) planes[channel][row * BLOCK + column] = pixel[channel];
        }
    }
    for (int channel = 0; channel < D; ++channel) values[channel] = load(planes[channel]);
}

template <int D>
SHADE_INLINE void store_block(float* target, int channels, const View& view, int32_t x, int32_t y, const F* values) {
    alignas(64) float planes[D][16];
#if SHADE_ISA == 2
    if (D == 3 && channels == 3 && x + BLOCK <= view.width && y + BLOCK <= view.height) {
        float* row = target + (static_cast<int64_t>(y) * view.width + x) * 3;
        for (int k = 0; k < BLOCK; ++k) {
            const __m512i from = _mm512_add_epi32(_mm512_load_si512(row_of_pixels.from), _mm512_set1_epi32(k * BLOCK));
            const __m512 two = _mm512_permutex2var_ps((__m512)values[0], from, (__m512)values[1]);
            const __m512 three = _mm512_mask_permutexvar_ps(two, BLUE, from, (__m512)values[2]);
            _mm512_mask_storeu_ps(row + k * 3ll * view.width, TWELVE, three);
        }
        return;
    }
#endif
    for (int channel = 0; channel < D; ++channel) store(planes[channel], values[channel]);
    if (D == 1 && x + BLOCK <= view.width && y + BLOCK <= view.height) {
        float* row = target + static_cast<int64_t>(y) * view.width + x;
        for (int k = 0; k < BLOCK; ++k) std::memcpy(row + static_cast<int64_t>(k) * view.width, planes[0] + k * BLOCK, BLOCK * sizeof(float));
        return;
    }
    for (int32_t row = 0; row < BLOCK && y + row < view.height; ++row) {
        for (int32_t column = 0; column < BLOCK && x + column < view.width; ++column) {
            float* pixel = target + (static_cast<int64_t>(y + row) * view.width + x + column) * channels;
            for (int channel = 0; channel < channels; ++channel) pixel[channel] = planes[channel][row * BLOCK + column];
        }
    }
}

// The tile at (x, y) as it is behind all Gaussians.
SHADE_INLINE void copy_tile(const Picture& picture, const View& view, int32_t x, int32_t y) {
    const int32_t right = x + TILE < view.width ? x + TILE : view.width;
    const int32_t bottom = y + TILE < view.height ? y + TILE : view.height;
    const auto length = static_cast<size_t>(right - x) * 3;
    for (int32_t row = y; row < bottom; ++row) {
        const int64_t at = (static_cast<int64_t>(row) * view.width + x) * 3;
        if (picture.bytes_behind != nullptr)
            std::memcpy(picture.bytes + at, picture.bytes_behind + at, length);
        else
            std::memset(picture.bytes + at, 0, length);
    }
}

// 0 .. 1 before what is behind, 0 .. 255, of which the share `unused` is seen: what is rounded down to a byte.
SHADE_INLINE F level(F colour, F unused, F behind) {
    return min(max(colour * 255.0f + unused * behind + 0.5f, 0.0f), 255.0f);
}

#if SHADE_ISA == 2
// Of a whole block: rows of twelve bytes, which are four pixels.
SHADE_INLINE void store_whole_bytes(uint8_t* target, const uint8_t* source, int64_t stride, const F* colour, F unused) {
    F behind[3] = {set1(0.0f), set1(0.0f), set1(0.0f)};
    if (source != nullptr) {
        const auto row = [&](int k) { return _mm_maskz_loadu_epi8(TWELVE, source + k * stride); };
        __m512i rows = _mm512_inserti32x4(_mm512_castsi128_si512(row(0)), row(1), 1);
        rows = _mm512_inserti32x4(_mm512_inserti32x4(rows, row(2), 2), row(3), 3);
        // Every third byte of a row, each in the lowest quarter of a lane; above it, negative places give 0.
        const __m512i apart = _mm512_broadcast_i32x4(_mm_set_epi32(9 - 256, 6 - 256, 3 - 256, 0 - 256));
        for (int channel = 0; channel < 3; ++channel) {
            const __m512i from = _mm512_add_epi32(apart, _mm512_set1_epi32(channel));
            behind[channel] = (F)_mm512_cvtepi32_ps(_mm512_shuffle_epi8(rows, from));
        }
    }
    I pixels = set1i(0);
    for (int channel = 0; channel < 3; ++channel)
        pixels = pixels | truncate(level(colour[channel], unused, behind[channel])) << (8 * channel);
    const __m512i together = _mm512_broadcast_i32x4(_mm_set_epi32(-1, 0x0e0d0c0a, 0x09080605, 0x04020100));
    alignas(64) uint8_t rows[64];
    _mm512_store_si512(rows, _mm512_shuffle_epi8((__m512i)pixels, together));
    for (int k = 0; k < BLOCK; ++k) std::memcpy(target + k * stride, rows + 16 * k, 3 * BLOCK);
}
#endif

// The block before what is behind it, in bytes.
template <int D>
SHADE_INLINE void store_bytes(const Picture& picture, const View& view, int32_t x, int32_t y, const F* colour, F unused) {
    static_assert(D >= 3);
    const int64_t first = (static_cast<int64_t>(y) * view.width + x) * 3, stride = 3ll * view.width;
    uint8_t* target = picture.bytes + first;
    const uint8_t* source = picture.bytes_behind == nullptr ? nullptr : picture.bytes_behind + first;
#if SHADE_ISA == 2
    if (x + BLOCK <= view.width && y + BLOCK <= view.height) return store_whole_bytes(target, source, stride, colour, unused);
#endif
    alignas(64) float planes[3][16] = {};
    const auto for_pixels = [&](auto&& function) {
        for (int32_t row = 0; row < BLOCK && y + row < view.height; ++row)
            for (int32_t column = 0; column < BLOCK && x + column < view.width; ++column)
                for (int channel = 0; channel < 3; ++channel)
                    function(planes[channel][row * BLOCK + column], row * stride + 3 * column + channel);
    };
    if (source != nullptr) for_pixels([&](float& value, int64_t at) { value = source[at]; });
    for (int channel = 0; channel < 3; ++channel)
        store(planes[channel], level(colour[channel], unused, load(planes[channel])));
    for_pixels([&](float& value, int64_t at) { target[at] = static_cast<uint8_t>(value); });
}

}  // namespace

}  // namespace SHADE_NAMESPACE
