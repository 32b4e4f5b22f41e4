// Gaussians to pixels and back: what flows between the stages, and the stages themselves.
//
//     project   Gaussians -> one 64-byte record each, the rectangle of tiles it may touch, its depth as a sortable key
//     arrange   one radix sort by depth, then a stable counting fill: every tile lists its Gaussians from near to far
//     draw      one tile at a time; which of the sixteen 4 x 4 blocks a Gaussian reaches is kept for the way back
//     backward  one tile at a time, front to back again: sums for each (Gaussian, tile), in a slot of their own
//     gather    the slots of a Gaussian, added up in a fixed order, and through the projection to its parameters
//
// No two threads write to the same place and every sum has a fixed order, so results do not depend on the threads.
// Kerbl et al., 3D Gaussian Splatting (2023); compensation for the blur as of Yu et al., Mip-Splatting (2024).
#pragma once

#include <cstdint>

namespace avatron::splats {

constexpr int TILE = 16, TILE_BITS = 4, BLOCK = 4, LANES_A_GROUP = 16;
constexpr int MAX_CHANNELS = 8;
constexpr int32_t MAX_SIZE = 8192;
// Less than this share of a pixel's colour is left out, as it would be lost in 8 bits.
constexpr float LEAST_ALPHA = 1.0f / 255.0f, LOG2_LEAST_ALPHA = -7.99435344f;
constexpr float MOST_ALPHA = 0.999f;
// A pixel through which less light than this passes is finished.
constexpr float LEAST_TRANSMITTANCE = 1e-4f;

struct View {
    float rotation[9], translation[3];  // world to camera, OpenCV axes
    float focal_x, focal_y, centre_x, centre_y;
    int32_t width, height;
};

struct Options {
    float near;         // nothing nearer is drawn
    float blur;         // added to the variance on the screen, px^2
    float radius_clip;  // what reaches no further than this is left out, px
    bool compensated;   // opacity is reduced by what the blur adds
    float enough;       // a block takes no more Gaussians when less light passes through each pixel, which ends none alone,
                        // and no way back follows; 0: pixels end one by one, as LEAST_TRANSMITTANCE says
};

// A Gaussian on the screen: alpha = 2^(log_opacity - (a dx^2 + b dx dy + c dy^2)). One cache line.
struct alignas(64) Record {
    float x, y;
    float a, b, c;
    float log_opacity;
    uint32_t slot;     // of tile (column, row) is slot + row * columns + column, modulo 2^32
    uint32_t columns;  // tiles in a row of its rectangle
    float colour[MAX_CHANNELS];
};
static_assert(sizeof(Record) == 64);

// Tiles that a Gaussian may touch: first <= column < last.
struct Rectangle {
    uint16_t first_column, first_row, last_column, last_row;
};

// Gaussians of the world, [G, ...] each.
struct World {
    const float *means, *quaternions, *scales, *opacities, *colours;
};

// Gaussians in the frames of triangles, [G, ...] each.
struct Rig {
    const float *positions, *quaternions, *log_scales, *logits, *colours;
    const int32_t* triangle;
    const float* corrections;          // [G, R, 7]: position, colour, logit
    const uint16_t* half_corrections;  // or, for pictures without a way back, the same in half precision
    const float* coefficients;         // [R]
    const float* paired;               // [(R + 1) / 2, 16] for halves: each of two coefficients seven times, then 0
    const float* response;             // [G, Q, 3]
    const float* features;             // [K, Q]
    int32_t ranks, responses;
    const float* frames;  // [K, 16] of `place_frames`
    float* rows;          // [G, 8], a whole number of groups: what corrections add up to, for the way back, or null
};

// What a Gaussian got from the pixels. Means in world space; `screen` [G, 2] is that of its place on the screen, px;
// `seen` [G] is 0 where nothing came back, and then all the rest is 0 as well.
struct WorldGradients {
    float *means, *quaternions, *scales, *opacities, *colours, *screen;
    uint8_t* seen;
};

struct RigGradients {
    float *positions, *quaternions, *log_scales, *logits, *colours, *means, *screen;
    uint8_t* seen;
    double* coefficients;  // [groups, R] sums, or null
};

// What a projection leaves for each Gaussian, with room for a whole number of groups.
struct Projected {
    Record* records;
    Rectangle* rectangles;
    uint32_t* tiles;  // how many it may touch; 0: it is not drawn
    uint32_t* depths;
    uint32_t* damaged;  // by group: Gaussians with a value that is no number
};

struct Scene {
    View view;
    Options options;
    int64_t count;
    int32_t channels;
    int32_t tile_columns, tile_rows;
    const Record* records;
    const uint32_t* tiles;    // [G]
    const uint32_t* first;    // [G] slot of a Gaussian's first tile
    const uint32_t* start;    // [tiles + 1] a tile's part of `entries`
    const uint32_t* entries;  // Gaussians, near to far
    uint16_t* masks;          // by entry: blocks reached
};

struct Picture {
    float* image;                   // [H, W, D]
    float* alpha;                   // [H, W]
    const float* background;        // [D] or [H, W, D], or null
    bool background_is_picture;
    uint8_t* bytes;                 // [H, W, 3] instead of image and alpha, or null
    const uint8_t* bytes_behind;    // [H, W, 3] with these, or null
};

struct PictureGradients {
    const float* image;        // [H, W, D] as drawn
    const float* alpha;        // [H, W] as drawn
    const float* image_given;  // [H, W, D] d loss / d image
    const float* alpha_given;  // [H, W] or null
};

// Sums of a Gaussian in a tile, of v = d loss / d log alpha: v, v dx, v dy, v dx^2, v dx dy, v dy^2, then its colour's.
constexpr int SUMS = 16, COLOUR_SUMS = 6;

// `place_frames` writes [K, 16] for each triangle, in the view's camera space: axes (columns: first edge, normal, their
// cross product) row by row, centroid, mean length. The frames of Qian et al., GaussianAvatars (2024).
#define AVATRON_SPLAT_KERNELS                                                                                        \
    void place_frames(const float* vertices, const int32_t* triangles, const View&, int64_t count, int64_t group,    \
                      float* frames);                                                                                \
    void project_world(const World&, const View&, const Options&, int channels, int64_t count, int64_t group,        \
                       const Projected&);                                                                            \
    void project_rig(const Rig&, const View&, const Options&, int channels, int64_t count, int64_t group,            \
                     const Projected&);                                                                              \
    void gather_world(const World&, const Scene&, const float* sums, int64_t group, const WorldGradients&);          \
    void gather_rig(const Rig&, const Scene&, const float* sums, int64_t group, const RigGradients&);                \
    void draw_tile(const Scene&, const Picture&, int32_t tile);                                                      \
    void backward_tile(const Scene&, const PictureGradients&, int32_t tile, float* sums);

namespace portable {
AVATRON_SPLAT_KERNELS
}
namespace avx2 {
AVATRON_SPLAT_KERNELS
}
namespace avx512 {
AVATRON_SPLAT_KERNELS
}

#undef AVATRON_SPLAT_KERNELS

}  // namespace avatron::splats
