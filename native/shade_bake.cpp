#include "shade_bake.h"

#include <algorithm>
#include <cmath>

#include "shade_bins.h"
#include "shade_isa.h"
#include "shade_parallel.h"

namespace shade {

namespace {

struct Axes {
    float right[3], up[3], towards[3];
};

Axes axes_along(const float* direction) {
    Axes axes;
    const float* d = direction;
    float helper[3] = {std::fabs(d[1]) < 0.9f ? 0.0f : 1.0f, std::fabs(d[1]) < 0.9f ? 1.0f : 0.0f, 0.0f};
    float right[3] = {helper[1] * d[2] - helper[2] * d[1], helper[2] * d[0] - helper[0] * d[2],
                      helper[0] * d[1] - helper[1] * d[0]};
    float length = std::sqrt(right[0] * right[0] + right[1] * right[1] + right[2] * right[2]);
    for (int k = 0; k < 3; ++k) axes.right[k] = right[k] / length, axes.towards[k] = d[k];
    axes.up[0] = d[1] * axes.right[2] - d[2] * axes.right[1];
    axes.up[1] = d[2] * axes.right[0] - d[0] * axes.right[2];
    axes.up[2] = d[0] * axes.right[1] - d[1] * axes.right[0];
    return axes;
}

}  // namespace

void bake_light(const BakeRequest& request, float* irradiance, float* occlusion, float* rim) {
    int32_t count = request.vertices;
    std::vector<float> places(static_cast<size_t>(count) * 4);
    std::vector<float> depth(static_cast<size_t>(request.size) * request.size);
    std::vector<float> open(count, 0.0f), whole(count, 0.0f), rim_open(count, 0.0f);
    std::fill(irradiance, irradiance + 3 * static_cast<int64_t>(count), 0.0f);
    TileBins bins;
    float rim_total = 0.0f;
    for (int32_t k = 0; k < request.direction_count; ++k) rim_total += request.rim_weight[k];
    CastTile cast = kernels().cast_tile;
    constexpr int32_t PIECE = 2048;
    int32_t pieces = (count + PIECE - 1) / PIECE;
    std::vector<float> bounds(static_cast<size_t>(pieces) * 4);
    for (int32_t k = 0; k < request.direction_count; ++k) {
        Axes axes = axes_along(request.directions + 3 * k);
        parallel_for(pieces, [&](int64_t piece) {
            float* box = bounds.data() + piece * 4;
            box[0] = box[1] = 1e9f, box[2] = box[3] = -1e9f;
            int32_t stop = std::min(count, static_cast<int32_t>(piece + 1) * PIECE);
            for (int32_t vertex = static_cast<int32_t>(piece) * PIECE; vertex < stop; ++vertex) {
                const float* p = request.positions + 3 * static_cast<int64_t>(vertex);
                float* place = places.data() + 4 * static_cast<int64_t>(vertex);
                place[0] = p[0] * axes.right[0] + p[1] * axes.right[1] + p[2] * axes.right[2];
                place[1] = p[0] * axes.up[0] + p[1] * axes.up[1] + p[2] * axes.up[2];
                place[2] = p[0] * axes.towards[0] + p[1] * axes.towards[1] + p[2] * axes.towards[2];
                box[0] = std::min(box[0], place[0]), box[1] = std::min(box[1], place[1]);
                box[2] = std::max(box[2], place[0]), box[3] = std::max(box[3], place[1]);
            }
        });
        float box[4] = {1e9f, 1e9f, -1e9f, -1e9f};
        for (int32_t piece = 0; piece < pieces; ++piece)
            for (int side = 0; side < 4; ++side)
                box[side] = side < 2 ? std::min(box[side], bounds[piece * 4 + side])
                                     : std::max(box[side], bounds[piece * 4 + side]);
        float scale = 0.98f * static_cast<float>(request.size) / std::max({box[2] - box[0], box[3] - box[1], 1e-6f});
        parallel_for(pieces, [&](int64_t piece) {
            int32_t stop = std::min(count, static_cast<int32_t>(piece + 1) * PIECE);
            for (int32_t vertex = static_cast<int32_t>(piece) * PIECE; vertex < stop; ++vertex) {
                float* place = places.data() + 4 * static_cast<int64_t>(vertex);
                place[0] = (place[0] - box[0]) * scale + 1.0f, place[1] = (place[1] - box[1]) * scale + 1.0f;
            }
        });
        BinRequest bin;
        bin.places = places.data(), bin.triangles = request.triangles, bin.count = request.triangle_count;
        bin.width = bin.height = request.size, bin.tile = 64, bin.perspective = false;
        bin_triangles(bin, bins);
        DepthMap map{places.data(), request.triangles, depth.data(), request.size, 64};
        parallel_for(bins.tiles_x * bins.tiles_y, [&](int64_t tile) { cast(map, bins, static_cast<int32_t>(tile)); });
        const float* radiance = request.radiance + 3 * k;
        float rim_weight = request.rim_weight[k];
        parallel_for(pieces, [&](int64_t piece) {
            int32_t stop = std::min(count, static_cast<int32_t>(piece + 1) * PIECE);
            for (int32_t vertex = static_cast<int32_t>(piece) * PIECE; vertex < stop; ++vertex) {
                const float* place = places.data() + 4 * static_cast<int64_t>(vertex);
                const float* n = request.normals + 3 * static_cast<int64_t>(vertex);
                float cosine =
                    std::max(0.0f, n[0] * axes.towards[0] + n[1] * axes.towards[1] + n[2] * axes.towards[2]);
                if (cosine == 0.0f && rim_weight == 0.0f) continue;
                int32_t x = std::clamp(static_cast<int32_t>(place[0]), 0, request.size - 1);
                int32_t y = std::clamp(static_cast<int32_t>(place[1]), 0, request.size - 1);
                float blocker = depth[static_cast<size_t>(y) * request.size + x] - place[2];
                float seen = blocker < request.biases[vertex] ? 1.0f : 0.0f;
                whole[vertex] += cosine, open[vertex] += cosine * seen, rim_open[vertex] += rim_weight * seen;
                for (int c = 0; c < 3; ++c) irradiance[3 * static_cast<int64_t>(vertex) + c] += cosine * seen * radiance[c];
            }
        });
    }
    float share = 4.0f / static_cast<float>(request.direction_count);
    for (int32_t vertex = 0; vertex < count; ++vertex) {
        for (int c = 0; c < 3; ++c) irradiance[3 * static_cast<int64_t>(vertex) + c] *= share;
        occlusion[vertex] = std::clamp(open[vertex] / std::max(whole[vertex], 1e-6f), 0.0f, 1.0f);
        rim[vertex] = rim_total > 0.0f ? rim_open[vertex] / rim_total : 1.0f;
    }
}

}  // namespace shade
