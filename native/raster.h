// Triangles to pixels: which triangle each pixel's centre shows, how far away, and where in it.
//
// Vertices are snapped to 1/256 pixel and edges are tested in whole numbers, so triangles that share an edge leave no
// hole and no doubly drawn pixel (top-left rule), and every instruction set and number of threads gives the same ids.
// Of two triangles at the same depth the one with the lower number is seen.
#pragma once

#include <cstdint>

namespace avatron::raster {

constexpr int SUBPIXEL = 256;       // steps a pixel is divided into
constexpr int TILE = 32;            // pixels, one piece of work
constexpr int BLOCK = 4;            // pixels, one vector of 16
constexpr int MAX_SIZE = 8192;      // pixels
constexpr double GUARD = 16000.0;   // pixels from the origin that a vertex may lie at before its triangle is clipped

struct Camera {
    double focal;
    double centre_x;
    double centre_y;
    double near;  // metres
    int32_t width;
    int32_t height;
};

struct Mesh {
    const float* position;    // [V, 3] camera space, metres, +z into the picture
    int64_t vertices;
    const int32_t* triangle;  // [K, 3] counter-clockwise seen from the front
    int64_t triangles;
    bool cull;                // leave out triangles seen from behind
};

struct Picture {
    float* depth;          // [H, W] metres, infinity where nothing is
    int32_t* triangle;     // [H, W], -1 where nothing is
    float* barycentric;    // [H, W, 3] perspective-correct, 0 where nothing is; or null
};

void draw(const Camera& camera, const Mesh& mesh, const Picture& picture);

// --- What set-up hands to the tiles: plain data, since the tile code is compiled once per instruction set. ---

// One triangle, or one piece of a clipped one, its corners in the order that makes its area positive.
struct Record {
    int64_t edge[3];       // edge function at the centre of pixel (0, 0), in 1/256 of its unit, rounded down; >= 0 inside
    double inverse_depth;  // the plane of 1 / depth, at the centre of pixel (0, 0)
    int32_t step_x[3];     // change of `edge` from pixel to pixel
    int32_t step_y[3];
    float slope_x;         // change of 1 / depth from pixel to pixel
    float slope_y;
    float low;             // range of 1 / depth over the corners
    float high;
    int16_t left, top, right, bottom;  // pixels, inclusive
    int32_t corner_x[3];   // 1/256 pixel
    int32_t corner_y[3];
    float corner_w[3];     // 1 / depth
    int32_t triangle;
    int16_t second, third;  // which corners of the mesh's triangle the second and third ones here are
    const float* clipped;   // [3, 3] the corners' barycentrics in the whole triangle, or null
};

// Triangles of one range, sorted by tile. A member below zero is a piece: number `first_piece - 1 - member`.
struct Bin {
    const int32_t* start;  // [tiles + 1]
    const int32_t* member;
    int32_t first_piece;
};

struct Scene {
    const Record* records;  // [K], set where a bin names them
    const Record* pieces;   // of the triangles that were clipped
    const Bin* bins;
    int32_t bin_count;
    int32_t tiles_x;
    int32_t width;
    int32_t height;
    Picture picture;
};

using DrawTile = void (*)(const Scene&, int32_t tile);
namespace portable {
void draw_tile(const Scene&, int32_t tile);
}
namespace avx2 {
void draw_tile(const Scene&, int32_t tile);
}
namespace avx512 {
void draw_tile(const Scene&, int32_t tile);
}

}  // namespace avatron::raster
