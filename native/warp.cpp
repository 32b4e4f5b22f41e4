#include "warp.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "pool.h"

namespace avatron::warp {

namespace {

// Rows of the output, or of the reduced picture, that a thread claims at once.
constexpr int64_t row_grain = 64;

// A picture of floats whose pixel (i, j) is the mean of factor x factor pixels of the source, in four channels so that a
// pixel is one vector; it covers the source from (left, top), both multiples of the factor.
struct Reduced {
    std::unique_ptr<float[]> values;
    int64_t left = 0, top = 0, width = 0, height = 0, factor = 1;
};

typedef float Pixel __attribute__((vector_size(16)));

// The means over the blocks that the rectangle [x0, x1] x [y0, y1] of the source touches. Blocks lie on multiples of the
// factor, so that a crop that moves a little does not see other means.
Reduced reduce(const Source& source, double x0, double y0, double x1, double y1, int64_t factor) {
    Reduced out;
    out.factor = factor;
    // One pixel more for the other half of a bilinear sample.
    const auto within = [](double at, int64_t size) {
        return static_cast<int64_t>(std::clamp(std::floor(at), 0.0, static_cast<double>(size - 1)));
    };
    const int64_t column = within(x0 - factor, source.width) / factor, row = within(y0 - factor, source.height) / factor;
    out.left = column * factor;
    out.top = row * factor;
    out.width = within(x1 + factor, source.width) / factor - column + 1;
    out.height = within(y1 + factor, source.height) / factor - row + 1;
    out.values = std::make_unique<float[]>(static_cast<size_t>(out.width * out.height * 4));
    parallel_for(out.height, row_grain, [&](int64_t begin, int64_t end) {
        for (int64_t y = begin; y < end; ++y) {
            const int64_t from = out.top + y * factor, to = std::min(from + factor, source.height);
            for (int64_t x = 0; x < out.width; ++x) {
                const int64_t first = out.left + x * factor, last = std::min(first + factor, source.width);
                int32_t red = 0, green = 0, blue = 0;
                for (int64_t j = from; j < to; ++j) {
                    const uint8_t* pixel = source.rgb + 3 * (j * source.width + first);
                    for (int64_t i = first; i < last; ++i, pixel += 3) {
                        red += pixel[0];
                        green += pixel[1];
                        blue += pixel[2];
                    }
                }
                const float share = 1.0f / static_cast<float>((to - from) * (last - first));
                float* mean = out.values.get() + 4 * (y * out.width + x);
                mean[0] = share * static_cast<float>(red);
                mean[1] = share * static_cast<float>(green);
                mean[2] = share * static_cast<float>(blue);
                mean[3] = 0;
            }
        }
    });
    return out;
}

struct Sampler {
    const Reduced& picture;
    bool black_outside;

    Pixel pixel(int64_t x, int64_t y) const {
        if (black_outside && (x < 0 || y < 0 || x >= picture.width || y >= picture.height)) return Pixel{};
        const int64_t column = std::clamp<int64_t>(x, 0, picture.width - 1);
        const int64_t row = std::clamp<int64_t>(y, 0, picture.height - 1);
        Pixel value;
        __builtin_memcpy(&value, picture.values.get() + 4 * (row * picture.width + column), sizeof value);
        return value;
    }

    // The blend of the four pixels around a place of the reduced picture.
    Pixel at(float x, float y) const {
        const float column = std::floor(x - 0.5f), row = std::floor(y - 0.5f);
        const float right = x - 0.5f - column, below = y - 0.5f - row;
        const auto i = static_cast<int64_t>(column), j = static_cast<int64_t>(row);
        const Pixel upper = pixel(i, j) * (1 - right) + pixel(i + 1, j) * right;
        const Pixel lower = pixel(i, j + 1) * (1 - right) + pixel(i + 1, j + 1) * right;
        return upper * (1 - below) + lower * below;
    }
};

}  // namespace

void sample(const Source& source, const Affine& to_source, const Target& target) {
    const double scale = std::sqrt(std::abs(to_source.xx * to_source.yy - to_source.xy * to_source.yx));
    const int64_t longest = std::max(source.width, source.height);
    const auto factor =
        static_cast<int64_t>(std::clamp(std::floor(scale), 1.0, static_cast<double>(std::max<int64_t>(longest, 1))));
    double x0 = HUGE_VAL, y0 = HUGE_VAL, x1 = -HUGE_VAL, y1 = -HUGE_VAL;
    for (int corner = 0; corner < 4; ++corner) {
        const double x = corner & 1 ? static_cast<double>(target.width) : 0.0;
        const double y = corner & 2 ? static_cast<double>(target.height) : 0.0;
        const double u = to_source.xx * x + to_source.xy * y + to_source.x0;
        const double v = to_source.yx * x + to_source.yy * y + to_source.y0;
        x0 = std::min(x0, u), x1 = std::max(x1, u), y0 = std::min(y0, v), y1 = std::max(y1, v);
    }
    const Reduced picture = reduce(source, x0, y0, x1, y1, factor);
    const Sampler sampler{picture, target.black_outside};
    // What is left of the reduction, a factor below two, is covered by the mean of two by two samples.
    const int taps = scale / static_cast<double>(factor) > 1.02 ? 2 : 1;
    const float share = 1.0f / static_cast<float>(taps * taps);
    const double shrink = 1.0 / static_cast<double>(factor);
    parallel_for(target.height, row_grain, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
            float* out = target.values + 3 * row * target.width;
            for (int64_t column = 0; column < target.width; ++column, out += 3) {
                Pixel sum{};
                for (int tap = 0; tap < taps * taps; ++tap) {
                    const double x = static_cast<double>(column) + (tap % taps + 0.5) / taps;
                    const double y = static_cast<double>(row) + (tap / taps + 0.5) / taps;
                    const double u = to_source.xx * x + to_source.xy * y + to_source.x0;
                    const double v = to_source.yx * x + to_source.yy * y + to_source.y0;
                    sum += sampler.at(static_cast<float>((u - static_cast<double>(picture.left)) * shrink),
                                      static_cast<float>((v - static_cast<double>(picture.top)) * shrink));
                }
                for (int channel = 0; channel < 3; ++channel)
                    out[channel] = target.gain * share * sum[channel] + target.offset;
            }
        }
    });
}

}  // namespace avatron::warp
