// Moving a mesh: blendshapes, vertex normals, skinning. Every vertex is summed in a fixed order, whatever the threads.
#pragma once

#include <cstdint>

namespace avatron::mesh {

// Rows start[e] .. start[e + 1] of `index` (ascending) and `delta` are the vertices that shape e moves, and how far.
struct SparseShapes {
    int64_t shapes;
    const int64_t* start;  // [E + 1]
    const int32_t* index;  // [N]
    const float* delta;    // [N, 3]
};

// out [V, 3] = neutral + sum of weight[e] * delta[e]; shapes of weight 0 cost nothing.
void blend(const float* neutral, int64_t vertices, const SparseShapes& shapes, const float* weight, float* out);

// out [V, 3] unit normals; each vertex averages the triangles around it, weighted by their area.
// Rows start[v] .. start[v + 1] of `around` are the triangles at vertex v. A vertex without area points along +z.
// `alone` stays on the calling thread.
void normals(const float* position, int64_t vertices, const int32_t* triangle, int64_t triangles, const int64_t* start,
             const int32_t* around, bool alone, float* out);

// out [V, 3] = sum over j of weight[v, j] * (rotation[j] * vertex + translation[j]).
void skin(const float* position, int64_t vertices, const float* weight, int64_t joints, const float* rotation,
          const float* translation, float* out);

// out [K, 2] = log(|sum over the corners c of share[k, a, c] * corner|), within +-limit, for axes a of each triangle.
void strains(const float* position, const int32_t* triangle, int64_t triangles, const float* share, float limit, float* out);

}  // namespace avatron::mesh
