// Pictures on surfaces: pyramids of ever smaller copies, and the colour at a place in them.
//
// A texel is four bytes, however many channels are used, so that one load fetches it. u runs right and v up: (0, 0) is
// the lower left corner of the picture, and texel (column, row) of H rows has its centre at
// ((column + 0.5) / W, 1 - (row + 0.5) / H). Sums are never fused, so every instruction set gives the same bits.
#pragma once

#include <cstdint>

namespace avatron::texture {

constexpr int TEXEL = 4;         // bytes
constexpr int MAX_LEVELS = 15;   // the largest picture is 16384 texels wide
constexpr int RUN = 16;          // pixels that are sampled together

struct Level {
    int64_t first;  // texel
    int32_t width;
    int32_t height;
};

struct Pyramid {
    const uint8_t* texels;  // [sum of the levels' texels, 4]
    int32_t channels;       // 1 to 4 in use
    int32_t levels;
    bool repeat;            // beyond its border the picture repeats; otherwise the border's texel goes on
    Level level[MAX_LEVELS];
};

// Fills levels 1, 2, ... from level 0. Each texel is the mean of exactly the area it covers, which for odd sizes takes
// in parts of texels; means are taken of floats from level to level, and rounded only where they are stored.
// srgb: all channels but the last of two or four are decoded before they are averaged.
void build(uint8_t* texels, const Pyramid& pyramid, bool srgb);

// out [pixels, C] in 0 to 1 at uv [pixels, 2], between the two levels nearest to level [pixels] (null: level 0).
void sample(const Pyramid& pyramid, const float* uv, const float* level, int64_t pixels, float* out);

// What a rasterised mesh shows of a texture.
struct Surface {
    const int32_t* ids;         // [H * W]
    const float* depth;         // [H * W] metres
    const float* barycentric;   // [H * W, 3]
    int64_t pixels;
    const float* position;      // [V, 3] camera space, metres
    const int32_t* triangle;    // [K, 3]
    int64_t triangles;
    const float* uv;            // [U, 2]
    const int32_t* uv_triangle; // [K, 3]
    float focal;                // pixels
    float bias;                 // added to every level
    float empty;                // where nothing is
    const float* gradient;      // [K, 6] set by `sample_surface`
};
// out [H * W, C], and the level [H * W] each pixel was sampled at, if not null (0 where nothing is).
void sample_surface(const Pyramid& pyramid, Surface surface, float* out, float* level);

// The parts that are compiled once per instruction set.
using SampleRange = void (*)(const Pyramid&, const float* uv, const float* level, int64_t begin, int64_t end,
                             float* out);
using SampleSurfaceRange = void (*)(const Pyramid&, const Surface&, int64_t begin, int64_t end, float* out,
                                    float* level);
#define AVATRON_TEXTURE_KERNELS                                                                                     \
    void sample_range(const Pyramid&, const float* uv, const float* level, int64_t begin, int64_t end, float* out); \
    void sample_surface_range(const Pyramid&, const Surface&, int64_t begin, int64_t end, float* out, float* level);
namespace portable {
AVATRON_TEXTURE_KERNELS
}
namespace avx2 {
AVATRON_TEXTURE_KERNELS
}
namespace avx512 {
AVATRON_TEXTURE_KERNELS
}
#undef AVATRON_TEXTURE_KERNELS

}  // namespace avatron::texture
