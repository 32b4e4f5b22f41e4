// What a textured head looks like in a picture, how far that is from what was seen, and where its vertices should go.
//
// `compare` draws surface colours over a rasterisation, softens the outlines, and takes the adjoint of the squared
// difference from a picture: a gradient and a Gauss-Newton matrix of 2 x 2 for each vertex on the screen. Outlines
// are edges between a triangle that faces the camera and one that does not; where one crosses the line between two
// pixels' centres, the pixel it is in shows both colours by their share (Laine et al. 2020, "Modular primitives for
// high-performance differentiable rendering", section 3.5; edges are walked here, not the triangles of pixels, so
// that triangles may be smaller than a pixel).
//
// `gather` goes the other way, from pictures to a texture. `normal_equations` carries what the vertices want over
// to pose and expression. All run on the caller's thread: a frame is little work, and frames go beside one another.
#pragma once

#include <cstdint>

namespace avatron::photometric {

struct Raster {
    const int32_t* triangle_id;  // [H, W], -1 where nothing is
    const float* barycentric;    // [H, W, 3]
    const float* depth;          // [H, W] metres
    int32_t width, height;
};

struct Surface {
    const int32_t* triangle;  // [K, 3]
    const float* screen;      // [V, 2] pixels
    const float* depth;       // [V] metres
    const float* uv;          // [V, 2] v up
    const float* light;       // [V, 3] what the albedo is multiplied with
    const float* weight;      // [V] how much a vertex' colour is to be trusted
    int64_t vertices;
    const int32_t* edge;      // [E, 6]: two vertices, a triangle on either side or -1, and their third corners or -1
    int64_t edges;
    const float* texture;     // [TH, TW, 3]
    int32_t texture_width, texture_height;
};

struct Differences {
    float* model;     // [H, W, 3] outlines softened
    float* weight;    // [H, W] 0 where nothing is compared
    float* gradient;  // [V, 2] of half the sum of weight * |model - seen|^2, per pixel that a vertex moves
    float* matrix;    // [V, 3] xx, xy, yy
};

struct Robust {
    float scale;       // differences beyond this (root of the sum of the squared channels) count less and less
    float gap;         // metres between two surfaces at an outline
    float connected;   // metres between an outline and the surface beside it
    float outside_px;  // how far beyond an outline against nothing the colour there is read
};

// trust: [H, W] further weights of the pixels, or null. Returns the robust loss.
double compare(const Raster& raster, const Surface& surface, const float* seen, const float* trust,
               const Robust& robust, const Differences& out);

// One row a texel that is on the surface.
struct Texels {
    const int32_t* triangle;   // [N] row of `Surface::triangle`
    const float* barycentric;  // [N, 3]
    int64_t count;
};

// colour [N, 3] of `seen` where the texels are in the picture; weight [N] the squared cosine of the view angle, 0
// where hidden. normals [V, 3] and positions [V, 3] are in camera space.
void gather(const Raster& raster, const int32_t* triangle, const float* screen, const float* position,
            const float* normal, const Texels& texels, const float* seen, float gap, float* colour, float* weight);

struct Shapes {
    const int64_t* start;  // [V + 1] rows of the next two
    const int32_t* column;  // [N] ascending within a vertex
    const float* delta;    // [N, 3] metres, head frame
};

// A matrix [P, P] and vector [P]: rotation (3, about `pivot`, camera axes), translation (3), then the shapes' columns.
void normal_equations(const float* position, int64_t vertices, const double* rotation, const double* pivot,
                      double focal, const Shapes& shapes, const float* gradient, const float* matrix,
                      int64_t parameters, double* normal, double* right);

// target [h, w, 3] of the window (left, top, size a pixel of the target: `step`) of a picture [H, W, 3] of bytes, each
// pixel the mean of the area it covers; the picture's border goes on outside.
void crop(const uint8_t* picture, int32_t width, int32_t height, double left, double top, double step, int32_t columns,
          int32_t rows, float* target);

}  // namespace avatron::photometric
