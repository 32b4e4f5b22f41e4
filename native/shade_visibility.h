// What each sample of a tile shows, and the fewest points to shade for it. Included once per instruction set.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "shade_surfaces.h"

namespace SHADE_NAMESPACE {

using shade::RECORD;
using shade::SAMPLES;
using shade::TILE;
using shade::TileBins;

constexpr int PIXELS = TILE * TILE;
constexpr int MOST_ITEMS = PIXELS * SAMPLES;
constexpr int SOFT_SIDE = 4, SOFT_ROW = TILE / SOFT_SIDE, SOFT_BLOCKS = SOFT_ROW * SOFT_ROW;

// Rotated grid: no two samples share a row or a column, so near-vertical and near-horizontal edges get four steps.
constexpr float SAMPLE_X[SAMPLES] = {0.375f, 0.875f, 0.125f, 0.625f};
constexpr float SAMPLE_Y[SAMPLES] = {0.125f, 0.375f, 0.625f, 0.875f};

// A point to be shaded: triangle, place on the image and the share of the pixel that it stands for.
struct Items {
    int32_t triangle[MOST_ITEMS + LANES];
    float x[MOST_ITEMS + LANES];
    float y[MOST_ITEMS + LANES];
    float weight[MOST_ITEMS + LANES];
    int32_t pixel[MOST_ITEMS + LANES];
    uint8_t surface[MOST_ITEMS + LANES];
    int32_t count;
    int32_t of_surface[64];  // how many there are of each surface
};

// Soft layers over four by four pixels, row after row.
struct SoftBlock {
    alignas(64) float nearness[SAMPLES][LANES];  // 1 / depth of the solid samples
    alignas(64) float passes[SAMPLES][LANES];    // light of each sample that the layers so far let through, of a pixel's
    alignas(64) float red[LANES], green[LANES], blue[LANES], weight[LANES];  // what the layers so far add up to
};

struct Scratch {
    alignas(64) float nearness[PIXELS * SAMPLES];  // 1 / depth of what is seen
    alignas(64) int32_t seen[PIXELS * SAMPLES];    // its triangle, or -1
    alignas(64) float red[PIXELS], green[PIXELS], blue[PIXELS], cover[PIXELS];
    Items found;
    int32_t order[MOST_ITEMS + LANES];
    // Soft layers.
    SoftBlock soft[SOFT_BLOCKS];
    float soft_furthest[SOFT_BLOCKS];  // 1 / depth of the furthest solid sample; huge when nothing behind is seen
    uint8_t soft_open[SOFT_BLOCKS];    // whether a block has been begun in this tile
    std::vector<uint64_t> soft_order;  // how near a triangle is, and its number
};

struct TileArea {
    int left, top, width, height;
};

// The planes of the two barycentric weights and of 1 / depth over a tile; false for triangles without area.
struct Planes {
    float w1[3], w2[3], nearness[3];  // per pixel right, per pixel down, at the tile's corner
    int first_x, last_x, first_y, last_y;

    bool fill(const float* a, const float* b, const float* c, const TileArea& area) {
        float ax = a[0] - area.left, ay = a[1] - area.top, bx = b[0] - area.left, by = b[1] - area.top;
        float cx = c[0] - area.left, cy = c[1] - area.top;
        float double_area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
        if (!(double_area > 1e-9f || double_area < -1e-9f)) return false;
        float inverse = 1.0f / double_area;
        w1[0] = (cy - ay) * inverse, w1[1] = (ax - cx) * inverse, w1[2] = -(ax * w1[0] + ay * w1[1]);
        w2[0] = (ay - by) * inverse, w2[1] = (bx - ax) * inverse, w2[2] = -(ax * w2[0] + ay * w2[1]);
        for (int k = 0; k < 3; ++k) nearness[k] = w1[k] * (b[2] - a[2]) + w2[k] * (c[2] - a[2]);
        nearness[2] += a[2];
        float low_x = std::min({ax, bx, cx}), high_x = std::max({ax, bx, cx});
        float low_y = std::min({ay, by, cy}), high_y = std::max({ay, by, cy});
        first_x = std::max(0, static_cast<int>(std::max(low_x, 0.0f)));
        first_y = std::max(0, static_cast<int>(std::max(low_y, 0.0f)));
        last_x = static_cast<int>(std::min(high_x, static_cast<float>(area.width - 1)));
        last_y = static_cast<int>(std::min(high_y, static_cast<float>(area.height - 1)));
        return high_x >= 0.0f && high_y >= 0.0f && first_x <= last_x && first_y <= last_y;
    }
};

SHADE_INLINE F plane_at(const float* plane, F x, F y) { return plane[0] * x + (plane[1] * y + plane[2]); }

// Small slack, so that no sample falls between two triangles that share an edge.
constexpr float INSIDE = -2e-5f;

// A vector covers four pixels of a row with their four samples.
SHADE_INLINE void sample_offsets(F& x, F& y) {
    for (int lane = 0; lane < LANES; ++lane) {
        x[lane] = static_cast<float>(lane / SAMPLES) + SAMPLE_X[lane % SAMPLES];
        y[lane] = SAMPLE_Y[lane % SAMPLES];
    }
}

static void see_triangles(const View& view, const TileBins& solid, int32_t tile, const TileArea& area, Scratch& scratch) {
    F offset_x, offset_y;
    sample_offsets(offset_x, offset_y);
    Planes planes;
    for (int32_t at = solid.start[tile]; at < solid.start[tile + 1]; ++at) {
        int32_t number = solid.members[at];
        const int32_t* corners = view.triangles + 4 * static_cast<int64_t>(number);
        if (!planes.fill(view.screen + 4 * corners[0], view.screen + 4 * corners[1], view.screen + 4 * corners[2], area))
            continue;
        F base1 = plane_at(planes.w1, offset_x, offset_y), base2 = plane_at(planes.w2, offset_x, offset_y);
        F base_near = plane_at(planes.nearness, offset_x, offset_y);
        I identity = set1i(number);
        for (int y = planes.first_y; y <= planes.last_y; ++y) {
            float row = static_cast<float>(y);
            for (int x = planes.first_x & ~3; x <= planes.last_x; x += 4) {
                float column = static_cast<float>(x);
                F w1 = base1 + (planes.w1[0] * column + planes.w1[1] * row);
                F w2 = base2 + (planes.w2[0] * column + planes.w2[1] * row);
                F near = base_near + (planes.nearness[0] * column + planes.nearness[1] * row);
                int place = (y * TILE + x) * SAMPLES;
                keep_nearest(w1, w2, near, INSIDE, identity, scratch.nearness + place, scratch.seen + place);
            }
        }
    }
}

// Turns the samples into as few points to shade as the picture allows: one per pixel inside of a surface, one per
// surface at edges, every sample in the eyes (where the finest detail is).
class ItemFinder {
   public:
    ItemFinder(const View& view, const TileArea& area, Scratch& scratch)
        : view_(view), area_(area), scratch_(scratch), items_(scratch.found), pixels_3_(3.0f / view.frame->focal[0]) {}

    void find() {
        items_.count = 0;
        std::fill(items_.of_surface, items_.of_surface + 64, 0);
        for (int y = 0; y < area_.height; ++y) {
            for (int x = 0; x < area_.width; x += 4) {
                // Four pixels at a time: nearly all of them show one triangle, or nothing.
                I seen = loadi(scratch_.seen + (y * TILE + x) * SAMPLES);
                uint32_t same = mask_bits(seen == first_of_fours(seen)), empty = mask_bits(seen == -1);
                if (empty == 0xffff) continue;
                int pixels = std::min(4, area_.width - x);
                for (int step = 0; step < pixels; ++step, same >>= SAMPLES, empty >>= SAMPLES) {
                    if ((empty & 15) == 15) continue;
                    if ((same & 15) == 15) find_inside(x + step, y);
                    else find_at_edge(x + step, y);
                }
            }
        }
    }

   private:
    void find_inside(int x, int y) {
        int pixel = y * TILE + x;
        int32_t triangle = scratch_.seen[pixel * SAMPLES];
        if (view_.surfaces[view_.surface_of[triangle]].kind == shade::EYE) return find_at_edge(x, y);
        // The samples' mean is the pixel's middle.
        add(triangle, pixel, static_cast<float>(area_.left + x) + 0.5f, static_cast<float>(area_.top + y) + 0.5f, 1.0f);
    }

    void find_at_edge(int x, int y) {
        int pixel = y * TILE + x;
        const int32_t* seen = scratch_.seen + pixel * SAMPLES;
        const float* near = scratch_.nearness + pixel * SAMPLES;
        float left = static_cast<float>(area_.left + x), top = static_cast<float>(area_.top + y);
        bool done[SAMPLES] = {seen[0] < 0, seen[1] < 0, seen[2] < 0, seen[3] < 0};
        for (int first = 0; first < SAMPLES; ++first) {
            if (done[first]) continue;
            int32_t surface = view_.surface_of[seen[first]];
            float sum_x = SAMPLE_X[first], sum_y = SAMPLE_Y[first];
            int members = 1;
            if (view_.surfaces[surface].kind != shade::EYE) {
                // Same surface and no jump in depth: 1.5 mm, or three pixels' worth where pixels are coarse.
                // In nearness, 1 / depth: a step of d at depth 1 / n changes it by d * n * n.
                float jump = std::max(0.0015f * near[first], pixels_3_) * near[first];
                for (int other = first + 1; other < SAMPLES; ++other) {
                    if (done[other]) continue;
                    if (seen[other] != seen[first]) {
                        if (view_.surface_of[seen[other]] != surface) continue;
                        float difference = near[other] - near[first];
                        if (difference > jump || difference < -jump) continue;
                    }
                    done[other] = true;
                    sum_x += SAMPLE_X[other], sum_y += SAMPLE_Y[other], ++members;
                }
            }
            static constexpr float SHARE[SAMPLES + 1] = {0.0f, 1.0f, 1.0f / 2, 1.0f / 3, 1.0f / 4};
            add(seen[first], pixel, left + sum_x * SHARE[members], top + sum_y * SHARE[members],
                static_cast<float>(members) / SAMPLES);
        }
    }

    void add(int32_t triangle, int32_t pixel, float x, float y, float weight) {
        int at = items_.count++;
        uint8_t surface = view_.surface_of[triangle];
        items_.triangle[at] = triangle, items_.pixel[at] = pixel, items_.surface[at] = surface;
        items_.x[at] = x, items_.y[at] = y, items_.weight[at] = weight;
        ++items_.of_surface[surface];
    }

    const View& view_;
    const TileArea& area_;
    Scratch& scratch_;
    Items& items_;
    float pixels_3_;  // three pixels at depth 1
};

}  // namespace SHADE_NAMESPACE
