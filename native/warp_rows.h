// Rows of a reduced picture and of samples, compiled once per instruction set (WARP_NAMESPACE).
//
// A pixel is one vector of four floats, the last of which is never looked at: colours of a pixel share their weights.
// No standard library here: the linker could give everybody this file's copy.
#pragma once

#include <cstdint>
#include <cstring>

#ifdef __SSE4_1__
#include <immintrin.h>
#endif

#include "warp.h"

namespace avatron::warp::WARP_NAMESPACE {

namespace {

typedef float Pixel __attribute__((vector_size(16)));

// GCC widens short vectors one element at a time, unless it is told the instruction.
inline Pixel widened(const uint8_t* bytes) {
#ifdef __SSE4_1__
    int32_t packed;
    std::memcpy(&packed, bytes, sizeof packed);
    return _mm_cvtepi32_ps(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(packed)));
#else
    return Pixel{static_cast<float>(bytes[0]), static_cast<float>(bytes[1]), static_cast<float>(bytes[2]), 0};
#endif
}

inline Pixel widened(const uint16_t* words) {
#ifdef __SSE4_1__
    int64_t packed;
    std::memcpy(&packed, words, sizeof packed);
    return _mm_cvtepi32_ps(_mm_cvtepu16_epi32(_mm_cvtsi64_si128(packed)));
#else
    return Pixel{static_cast<float>(words[0]), static_cast<float>(words[1]), static_cast<float>(words[2]), 0};
#endif
}

inline int64_t clamped(int64_t value, int64_t last) { return value < 0 ? 0 : value > last ? last : value; }

// The source itself. Its pixels are three bytes, so a load takes one byte of the next, which the very last has not got.
struct Direct {
    const uint8_t* rgb;
    int64_t width, height;
    static constexpr float unit = 1.0f;

    Pixel fast(int64_t x, int64_t y) const { return widened(rgb + 3 * (y * width + x)); }
    Pixel safe(int64_t x, int64_t y) const {
        const uint8_t* at = rgb + 3 * (y * width + x);
        return Pixel{static_cast<float>(at[0]), static_cast<float>(at[1]), static_cast<float>(at[2]), 0};
    }
    int64_t fast_height() const { return height - 1; }
};

struct Copy {
    const uint16_t* pixels;
    int64_t width, height;
    static constexpr float unit = 1.0f / 256;

    Pixel fast(int64_t x, int64_t y) const { return widened(pixels + 4 * (y * width + x)); }
    Pixel safe(int64_t x, int64_t y) const { return fast(x, y); }
    int64_t fast_height() const { return height; }
};

// The blend of four pixels around (x, y), of which all are there.
template <typename Picture>
inline Pixel inside(const Picture& picture, float x, float y) {
    // Positive, so that cutting off is rounding down.
    const auto i = static_cast<int32_t>(x - 0.5f), j = static_cast<int32_t>(y - 0.5f);
    const float right = x - 0.5f - static_cast<float>(i), below = y - 0.5f - static_cast<float>(j);
    const Pixel upper = picture.fast(i, j), lower = picture.fast(i, j + 1);
    const Pixel first = upper + (picture.fast(i + 1, j) - upper) * right;
    const Pixel second = lower + (picture.fast(i + 1, j + 1) - lower) * right;
    return first + (second - first) * below;
}

template <typename Picture>
inline Pixel anywhere(const Picture& picture, float x, float y, bool black_outside) {
    // Beyond these everything is outside or the border.
    const float far = 1e6f;
    const float u = (x < -far ? -far : x > far ? far : x) - 0.5f, v = (y < -far ? -far : y > far ? far : y) - 0.5f;
    auto i = static_cast<int64_t>(u), j = static_cast<int64_t>(v);
    if (static_cast<float>(i) > u) --i;
    if (static_cast<float>(j) > v) --j;
    const float right = u - static_cast<float>(i), below = v - static_cast<float>(j);
    const auto pixel = [&](int64_t column, int64_t row) {
        if (black_outside && (column < 0 || row < 0 || column >= picture.width || row >= picture.height))
            return Pixel{};
        return picture.safe(clamped(column, picture.width - 1), clamped(row, picture.height - 1));
    };
    const Pixel upper = pixel(i, j) * (1 - right) + pixel(i + 1, j) * right;
    const Pixel lower = pixel(i, j + 1) * (1 - right) + pixel(i + 1, j + 1) * right;
    return upper * (1 - below) + lower * below;
}

template <int taps, typename Picture>
inline void sample_row(const Job& job, const Picture& picture, int64_t row) {
    const Affine& affine = job.to_samples;
    const Target& target = *job.target;
    float from_x[taps * taps], from_y[taps * taps];
    double low_x = 1e30, high_x = -1e30, low_y = 1e30, high_y = -1e30;
    for (int tap = 0; tap < taps * taps; ++tap) {
        const double x = (tap % taps + 0.5) / taps, y = static_cast<double>(row) + (tap / taps + 0.5) / taps;
        const double u = affine.xx * x + affine.xy * y + affine.x0, v = affine.yx * x + affine.yy * y + affine.y0;
        const double end_u = u + affine.xx * static_cast<double>(target.width),
                     end_v = v + affine.yx * static_cast<double>(target.width);
        from_x[tap] = static_cast<float>(u);
        from_y[tap] = static_cast<float>(v);
        low_x = low_x < u ? low_x : u, low_x = low_x < end_u ? low_x : end_u;
        high_x = high_x > u ? high_x : u, high_x = high_x > end_u ? high_x : end_u;
        low_y = low_y < v ? low_y : v, low_y = low_y < end_v ? low_y : end_v;
        high_y = high_y > v ? high_y : v, high_y = high_y > end_v ? high_y : end_v;
    }
    // Half a pixel for the blend, and a little for the rounding of long sums.
    const bool whole = low_x > 0.6 && low_y > 0.6 && high_x < static_cast<double>(picture.width) - 0.6 &&
                       high_y < static_cast<double>(picture.fast_height()) - 0.6;
    const auto step_x = static_cast<float>(affine.xx), step_y = static_cast<float>(affine.yx);
    const float gain = target.gain * Picture::unit / static_cast<float>(taps * taps);
    float* out = target.values + 3 * row * target.width;
    for (int64_t column = 0; column < target.width; ++column, out += 3) {
        const auto along = static_cast<float>(column);
        Pixel sum{};
        for (int tap = 0; tap < taps * taps; ++tap) {
            const float x = from_x[tap] + along * step_x, y = from_y[tap] + along * step_y;
            sum += whole ? inside(picture, x, y) : anywhere(picture, x, y, target.black_outside);
        }
        const Pixel value = sum * gain + target.offset;
        std::memcpy(out, &value, 3 * sizeof(float));
    }
}

template <typename Picture>
inline void sample_some(const Job& job, const Picture& picture, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
        if (job.taps == 2)
            sample_row<2>(job, picture, row);
        else
            sample_row<1>(job, picture, row);
    }
}

}  // namespace

void sample_rows(const Job& job, int64_t begin, int64_t end) {
    if (job.reduced != nullptr)
        sample_some(job, Copy{job.reduced->pixels, job.reduced->width, job.reduced->height}, begin, end);
    else
        sample_some(job, Direct{job.source->rgb, job.source->width, job.source->height}, begin, end);
}

void reduce_rows(const Source& source, const Reduced& reduced, uint32_t* sums, int64_t begin, int64_t end) {
    const int64_t factor = reduced.factor;
    const int64_t right = reduced.left + reduced.width * factor, edge = right < source.width ? right : source.width;
    const int64_t count = 3 * (edge - reduced.left);
    for (int64_t y = begin; y < end; ++y) {
        const int64_t from = reduced.top + y * factor;
        const int64_t to = from + factor < source.height ? from + factor : source.height;
        std::memset(sums, 0, static_cast<size_t>(count) * sizeof *sums);
        for (int64_t row = from; row < to; ++row) {
            const uint8_t* bytes = source.rgb + 3 * (row * source.width + reduced.left);
            for (int64_t at = 0; at < count; ++at) sums[at] += bytes[at];
        }
        uint16_t* out = reduced.pixels + 4 * y * reduced.width;
        for (int64_t x = 0; x < reduced.width; ++x, out += 4) {
            const int64_t first = x * factor, wanted = first + factor;
            const int64_t last = 3 * wanted < count ? wanted : count / 3;
            uint32_t red = 0, green = 0, blue = 0;
            for (int64_t at = first; at < last; ++at) {
                red += sums[3 * at];
                green += sums[3 * at + 1];
                blue += sums[3 * at + 2];
            }
            const float share = 256.0f / static_cast<float>((to - from) * (last - first));
            out[0] = static_cast<uint16_t>(static_cast<float>(red) * share + 0.5f);
            out[1] = static_cast<uint16_t>(static_cast<float>(green) * share + 0.5f);
            out[2] = static_cast<uint16_t>(static_cast<float>(blue) * share + 0.5f);
            out[3] = 0;
        }
    }
}

}  // namespace avatron::warp::WARP_NAMESPACE
