#include "mesh.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "pool.h"

namespace avatron::mesh {

namespace {

constexpr int64_t vertex_grain = 1024;
constexpr int64_t triangle_grain = 2048;

// Natural logarithm of a positive number, error below 1e-6: in loops, compilers make vectors of it, and not of std::log.
float quick_log(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    // value = part * 2^exponent, with the part between the roots of 1/2 and of 2.
    const int32_t exponent = static_cast<int32_t>(bits - 0x3f3504f3u) >> 23;
    bits -= static_cast<uint32_t>(exponent) << 23;
    float part;
    std::memcpy(&part, &bits, sizeof(part));
    const float s = (part - 1.0f) / (part + 1.0f), t = s * s;
    return static_cast<float>(exponent) * 0.69314718f + 2.0f * s * (1.0f + t * (1.0f / 3.0f + t * (0.2f + t * (1.0f / 7.0f))));
}

}  // namespace

void blend(const float* neutral, int64_t vertices, const SparseShapes& shapes, const float* weight, float* out) {
    // Each piece of the mesh stays in the first cache while all shapes are added to it.
    parallel_for(vertices, vertex_grain, [&](int64_t begin, int64_t end) {
        std::memcpy(out + 3 * begin, neutral + 3 * begin, sizeof(float) * 3 * (end - begin));
        for (int64_t shape = 0; shape < shapes.shapes; ++shape) {
            const float amount = weight[shape];
            if (amount == 0.0f) continue;
            const int32_t* last = shapes.index + shapes.start[shape + 1];
            const int32_t* entry = std::lower_bound(shapes.index + shapes.start[shape], last, begin);
            const float* delta = shapes.delta + 3 * (entry - shapes.index);
            for (; entry != last && *entry < end; ++entry, delta += 3) {
                float* target = out + 3 * static_cast<int64_t>(*entry);
                target[0] += amount * delta[0];
                target[1] += amount * delta[1];
                target[2] += amount * delta[2];
            }
        }
    });
}

void normals(const float* position, int64_t vertices, const int32_t* triangle, int64_t triangles, const int64_t* start,
             const int32_t* around, bool alone, float* out) {
    // Four floats a triangle: one aligned load where a vertex gathers them. The length is twice the area.
    std::vector<float> facing(4 * static_cast<size_t>(triangles));
    parallel_for(triangles, alone ? triangles : triangle_grain, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
            const float* a = position + 3 * static_cast<int64_t>(triangle[3 * k]);
            const float* b = position + 3 * static_cast<int64_t>(triangle[3 * k + 1]);
            const float* c = position + 3 * static_cast<int64_t>(triangle[3 * k + 2]);
            const float ux = b[0] - a[0], uy = b[1] - a[1], uz = b[2] - a[2];
            const float vx = c[0] - a[0], vy = c[1] - a[1], vz = c[2] - a[2];
            float* normal = facing.data() + 4 * k;
            normal[0] = uy * vz - uz * vy;
            normal[1] = uz * vx - ux * vz;
            normal[2] = ux * vy - uy * vx;
            normal[3] = 0.0f;
        }
    });
    parallel_for(vertices, alone ? vertices : vertex_grain, [&](int64_t begin, int64_t end) {
        for (int64_t v = begin; v < end; ++v) {
            float x = 0.0f, y = 0.0f, z = 0.0f;
            for (int64_t entry = start[v]; entry < start[v + 1]; ++entry) {
                const float* normal = facing.data() + 4 * static_cast<int64_t>(around[entry]);
                x += normal[0], y += normal[1], z += normal[2];
            }
            const float length = std::sqrt(x * x + y * y + z * z);
            float* target = out + 3 * v;
            // Also refuses the lengths that are too small to be divided by.
            if (length > 1e-18f) {
                const float scale = 1.0f / length;
                target[0] = x * scale, target[1] = y * scale, target[2] = z * scale;
            } else {
                target[0] = 0.0f, target[1] = 0.0f, target[2] = 1.0f;
            }
        }
    });
}

void skin(const float* position, int64_t vertices, const float* weight, int64_t joints, const float* rotation,
          const float* translation, float* out) {
    parallel_for(vertices, vertex_grain, [&](int64_t begin, int64_t end) {
        for (int64_t v = begin; v < end; ++v) {
            const float x = position[3 * v], y = position[3 * v + 1], z = position[3 * v + 2];
            float moved[3] = {0.0f, 0.0f, 0.0f};
            for (int64_t j = 0; j < joints; ++j) {
                const float share = weight[v * joints + j];
                if (share == 0.0f) continue;
                const float* turn = rotation + 9 * j;
                for (int axis = 0; axis < 3; ++axis)
                    moved[axis] += share * (turn[3 * axis] * x + turn[3 * axis + 1] * y + turn[3 * axis + 2] * z +
                                            translation[3 * j + axis]);
            }
            std::memcpy(out + 3 * v, moved, sizeof(moved));
        }
    });
}

void strains(const float* position, const int32_t* triangle, int64_t triangles, const float* share, float limit,
             float* out) {
    parallel_for(triangles, 1024, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k)
            for (int axis = 0; axis < 2; ++axis) {
                float sum[3] = {};
                for (int corner = 0; corner < 3; ++corner) {
                    const float* place = position + 3 * static_cast<int64_t>(triangle[3 * k + corner]);
                    const float weight = share[6 * k + 3 * axis + corner];
                    for (int c = 0; c < 3; ++c) sum[c] += weight * place[c];
                }
                out[2 * k + axis] = sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2];
            }
        for (int64_t at = 2 * begin; at < 2 * end; ++at) {
            const float strain = 0.5f * quick_log(std::max(out[at], 1e-12f));
            out[at] = std::min(std::max(strain, -limit), limit);
        }
    });
}

}  // namespace avatron::mesh
