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
typedef int32_t Sums __attribute__((vector_size(16)));

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

    static constexpr int32_t parts = 3;
#ifdef __AVX2__
    // Two neighbours of a row; its loads reach two bytes further.
    __m256 pair(int32_t place) const {
        const __m128i spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, -1, -1, -1, -1, -1, -1, -1, -1);
        const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(rgb + place));
        return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_shuffle_epi8(bytes, spread)));
    }
#endif
};

struct Copy {
    const uint16_t* pixels;
    int64_t width, height;
    static constexpr float unit = 1.0f / 256;

    Pixel fast(int64_t x, int64_t y) const { return widened(pixels + 4 * (y * width + x)); }
    Pixel safe(int64_t x, int64_t y) const { return fast(x, y); }
    int64_t fast_height() const { return height; }

    static constexpr int32_t parts = 4;
#ifdef __AVX2__
    __m256 pair(int32_t place) const {
        const __m128i words = _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels + place));
        return _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(words));
    }
#endif
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

#ifdef __AVX2__
// A row of which all pixels are there: places of eight columns at once, then two neighbours of a blend in one vector.
template <int taps, typename Picture>
inline void sample_whole_row(const Target& target, const Picture& picture, const float* from_x, const float* from_y,
                             float step_x, float step_y, float gain, float* out) {
    constexpr int samples = taps * taps, columns = 8;
    int32_t places[samples][columns];
    float rights[samples][columns], belows[samples][columns];
    const __m256 lanes = _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7), half = _mm256_set1_ps(0.5f);
    const __m256 base = _mm256_setr_ps(1, 1, 1, 1, 0, 0, 0, 0), slope = _mm256_setr_ps(-1, -1, -1, -1, 1, 1, 1, 1);
    const auto stride = static_cast<int32_t>(Picture::parts * picture.width);
    for (int64_t start = 0; start < target.width; start += columns) {
        const __m256 along = _mm256_add_ps(_mm256_set1_ps(static_cast<float>(start)), lanes);
        for (int tap = 0; tap < samples; ++tap) {
            const __m256 x = _mm256_sub_ps(_mm256_fmadd_ps(along, _mm256_set1_ps(step_x), _mm256_set1_ps(from_x[tap])), half);
            const __m256 y = _mm256_sub_ps(_mm256_fmadd_ps(along, _mm256_set1_ps(step_y), _mm256_set1_ps(from_y[tap])), half);
            // Positive, so that cutting off is rounding down.
            const __m256i i = _mm256_cvttps_epi32(x), j = _mm256_cvttps_epi32(y);
            const __m256i place = _mm256_add_epi32(_mm256_mullo_epi32(j, _mm256_set1_epi32(stride)),
                                                   _mm256_mullo_epi32(i, _mm256_set1_epi32(Picture::parts)));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(places[tap]), place);
            _mm256_storeu_ps(rights[tap], _mm256_sub_ps(x, _mm256_cvtepi32_ps(i)));
            _mm256_storeu_ps(belows[tap], _mm256_sub_ps(y, _mm256_cvtepi32_ps(j)));
        }
        const int64_t count = target.width - start < columns ? target.width - start : columns;
        for (int64_t column = 0; column < count; ++column, out += 3) {
            __m256 sum = _mm256_setzero_ps();
            for (int tap = 0; tap < samples; ++tap) {
                const int32_t place = places[tap][column];
                const __m256 upper = picture.pair(place), lower = picture.pair(place + stride);
                const __m256 below = _mm256_broadcast_ss(&belows[tap][column]);
                const __m256 share = _mm256_fmadd_ps(_mm256_broadcast_ss(&rights[tap][column]), slope, base);
                sum = _mm256_fmadd_ps(_mm256_fmadd_ps(_mm256_sub_ps(lower, upper), below, upper), share, sum);
            }
            const Pixel value = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1)) * gain + target.offset;
            std::memcpy(out, &value, 3 * sizeof(float));
        }
    }
}
#endif

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
#ifdef __AVX2__
    if (whole) return sample_whole_row<taps>(target, picture, from_x, from_y, step_x, step_y, gain, out);
#endif
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
        // One more than is filled: a pixel's sums are read as four.
        std::memset(sums, 0, static_cast<size_t>(count + 1) * sizeof *sums);
        for (int64_t row = from; row < to; ++row) {
            const uint8_t* bytes = source.rgb + 3 * (row * source.width + reduced.left);
            for (int64_t at = 0; at < count; ++at) sums[at] += bytes[at];
        }
        uint16_t* out = reduced.pixels + 4 * y * reduced.width;
        const float whole = 256.0f / static_cast<float>((to - from) * factor);
        for (int64_t x = 0; x < reduced.width; ++x, out += 4) {
            const int64_t first = x * factor, wanted = first + factor;
            const int64_t last = 3 * wanted < count ? wanted : count / 3;
            const float share = last - first == factor ? whole : 256.0f / static_cast<float>((to - from) * (last - first));
            Sums total{};
            for (int64_t at = first; at < last; ++at) {
                Sums pixel;
                std::memcpy(&pixel, sums + 3 * at, sizeof pixel);
                total += pixel;
            }
            const Pixel mean = __builtin_convertvector(total, Pixel) * share + 0.5f;
            for (int part = 0; part < 3; ++part) out[part] = static_cast<uint16_t>(mean[part]);
            out[3] = 0;
        }
    }
}

}  // namespace avatron::warp::WARP_NAMESPACE
