#include "texture.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu.h"
#include "pool.h"

namespace avatron::texture {

namespace {

// IEC 61966-2-1.
float decode(float value) {
    return value <= 0.04045f ? value / 12.92f : std::pow((value + 0.055f) / 1.055f, 2.4f);
}
float encode(float value) {
    return value <= 0.0031308f ? value * 12.92f : 1.055f * std::pow(value, 1.0f / 2.4f) - 0.055f;
}

// The mean of `from` [rows, from_size, lanes] over each of `to_size` equal parts of the middle axis.
std::vector<float> halve(const std::vector<float>& from, int64_t rows, int64_t from_size, int64_t to_size,
                         int64_t lanes) {
    std::vector<float> to(rows * to_size * lanes);
    parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
            for (int64_t cell = 0; cell < to_size; ++cell) {
                float* const target = to.data() + (row * to_size + cell) * lanes;
                // In units of 1 / to_size of a source texel, all of this is whole numbers.
                const int64_t start = cell * from_size, stop = start + from_size;
                for (int64_t at = start / to_size; at * to_size < stop; ++at) {
                    const int64_t overlap = std::min((at + 1) * to_size, stop) - std::max(at * to_size, start);
                    const float share = static_cast<float>(overlap) / static_cast<float>(from_size);
                    const float* const source = from.data() + (row * from_size + at) * lanes;
                    for (int64_t lane = 0; lane < lanes; ++lane) target[lane] += share * source[lane];
                }
            }
        }
    });
    return to;
}

// Per triangle, [6]: what the derivatives of u and v along the screen are made of.
//
// The ray r = (x / f, y / f, 1) meets the triangle of corners a, b, c at depth z with shares z * r . n_i / V, where
// n_0 = b x c and so on and V = a . n_0 (the same as in ray casting). With g_i = (n_i.x, n_i.y) / (f V) therefore
// d share_i = z (g_i - share_i * sum g) and d u = z (sum u_i g_i - u * sum g).
void set_gradients(const Surface& surface, float* gradient) {
    parallel_for(surface.triangles, 1024, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            double corner[3][3];
            for (int i = 0; i < 3; ++i)
                for (int axis = 0; axis < 3; ++axis)
                    corner[i][axis] = surface.position[3 * static_cast<int64_t>(surface.triangle[3 * k + i]) + axis];
            double normal[3][3];
            for (int i = 0; i < 3; ++i) {
                const double* const b = corner[(i + 1) % 3];
                const double* const c = corner[(i + 2) % 3];
                normal[i][0] = b[1] * c[2] - b[2] * c[1];
                normal[i][1] = b[2] * c[0] - b[0] * c[2];
                normal[i][2] = b[0] * c[1] - b[1] * c[0];
            }
            const double volume =
                corner[0][0] * normal[0][0] + corner[0][1] * normal[0][1] + corner[0][2] * normal[0][2];
            // A triangle without volume shows no pixel.
            const double scale = volume == 0.0 ? 0.0 : 1.0 / (volume * surface.focal);
            double sum[6] = {};
            for (int i = 0; i < 3; ++i) {
                const float* const uv = surface.uv + 2 * static_cast<int64_t>(surface.uv_triangle[3 * k + i]);
                for (int axis = 0; axis < 2; ++axis) {
                    const double g = normal[i][axis] * scale;
                    sum[axis] += g * uv[0];
                    sum[2 + axis] += g * uv[1];
                    sum[4 + axis] += g;
                }
            }
            for (int i = 0; i < 6; ++i) gradient[6 * k + i] = static_cast<float>(sum[i]);
        }
    });
}

struct Kernels {
    SampleRange sample;
    SampleSurfaceRange sample_surface;
};
Kernels chosen() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (active_instruction_set() == InstructionSet::avx512) return {avx512::sample_range, avx512::sample_surface_range};
    if (active_instruction_set() == InstructionSet::avx2) return {avx2::sample_range, avx2::sample_surface_range};
#endif
    return {portable::sample_range, portable::sample_surface_range};
}

}  // namespace

void build(uint8_t* texels, const Pyramid& pyramid, bool srgb) {
    const int32_t light_channels =
        !srgb ? 0 : pyramid.channels == 2 || pyramid.channels == 4 ? pyramid.channels - 1 : pyramid.channels;
    float decoded[256];
    for (int value = 0; value < 256; ++value) decoded[value] = decode(static_cast<float>(value) / 255.0f);

    const Level& full = pyramid.level[0];
    const int64_t count = static_cast<int64_t>(full.width) * full.height;
    std::vector<float> values(count * TEXEL);
    for (int64_t texel = 0; texel < count; ++texel) {
        for (int channel = 0; channel < TEXEL; ++channel) {
            const uint8_t byte = texels[TEXEL * (full.first + texel) + channel];
            values[TEXEL * texel + channel] =
                channel < light_channels ? decoded[byte] : static_cast<float>(byte) / 255.0f;
        }
    }
    for (int32_t number = 1; number < pyramid.levels; ++number) {
        const Level &from = pyramid.level[number - 1], &to = pyramid.level[number];
        values = halve(values, from.height, from.width, to.width, TEXEL);
        values = halve(values, 1, from.height, to.height, TEXEL * static_cast<int64_t>(to.width));
        parallel_for(static_cast<int64_t>(to.width) * to.height, 1024, [&](int64_t begin, int64_t end) {
            for (int64_t texel = begin; texel < end; ++texel) {
                for (int channel = 0; channel < TEXEL; ++channel) {
                    float value = values[TEXEL * texel + channel];
                    if (channel < light_channels) value = encode(value);
                    texels[TEXEL * (to.first + texel) + channel] =
                        static_cast<uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255.0f + 0.5f);
                }
            }
        });
    }
}

void sample(const Pyramid& pyramid, const float* uv, const float* level, int64_t pixels, float* out) {
    const SampleRange range = chosen().sample;
    parallel_for(pixels, 4096, [&](int64_t begin, int64_t end) { range(pyramid, uv, level, begin, end, out); });
}

void sample_surface(const Pyramid& pyramid, Surface surface, float* out, float* level) {
    thread_local std::vector<float> kept;  // fresh memory would cost more than what is put there
    kept.resize(6 * static_cast<size_t>(surface.triangles));
    set_gradients(surface, kept.data());
    surface.gradient = kept.data();
    const SampleSurfaceRange range = chosen().sample_surface;
    // A multiple of RUN, so that which pixels are taken together does not depend on the threads.
    parallel_for(surface.pixels, 2048,
                 [&](int64_t begin, int64_t end) { range(pyramid, surface, begin, end, out, level); });
}

}  // namespace avatron::texture
