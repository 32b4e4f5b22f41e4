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
// A tile is seen in blocks of four by four pixels, one to a lane, row after row.
constexpr int BLOCK_SIDE = 4, BLOCKS_A_ROW = TILE / BLOCK_SIDE, BLOCKS = BLOCKS_A_ROW * BLOCKS_A_ROW;
static_assert(BLOCK_SIDE * BLOCK_SIDE == LANES);

// Rotated grid: no two samples share a row or a column, so near-vertical and near-horizontal edges get four steps.
constexpr float SAMPLE_X[SAMPLES] = {0.375f, 0.875f, 0.125f, 0.625f};
constexpr float SAMPLE_Y[SAMPLES] = {0.125f, 0.375f, 0.625f, 0.875f};
constexpr float SAMPLE_REACH = 0.375f;  // the furthest of them from the pixel's middle, right or down

// What a sample shows, in one number: the triangle, its surface above, and whether that is an eye.
constexpr int SURFACE_SHIFT = 24;
constexpr int32_t TRIANGLE_BITS = (1 << SURFACE_SHIFT) - 1, SURFACE_BITS = 63, EYE_BIT = 1 << 30, NOTHING = -1;

// Small slack, so that no sample falls between two triangles that share an edge.
constexpr float INSIDE = -2e-5f;

// A point to be shaded: triangle, place on the image and the share of the pixel that it stands for.
struct Items {
    int32_t triangle[MOST_ITEMS + LANES];
    float x[MOST_ITEMS + LANES];
    float y[MOST_ITEMS + LANES];
    float weight[MOST_ITEMS + LANES];
    int32_t pixel[MOST_ITEMS + LANES];
    int32_t surface[MOST_ITEMS + LANES];
    int32_t count;
    int32_t of_surface[64];  // how many there are of each surface
};

// Soft layers over four by four pixels, row after row.
struct SoftBlock {
    alignas(64) float passes[SAMPLES][LANES];    // light of each sample that the layers so far let through, of a pixel's
    alignas(64) float red[LANES], green[LANES], blue[LANES], weight[LANES];  // what the layers so far add up to
};

struct Scratch {
    alignas(64) float nearness[BLOCKS][SAMPLES][LANES];  // 1 / depth of what is seen
    alignas(64) int32_t seen[BLOCKS][SAMPLES][LANES];    // its triangle and surface, or NOTHING
    alignas(64) float red[PIXELS], green[PIXELS], blue[PIXELS], cover[PIXELS];
    Items found;
    int32_t order[MOST_ITEMS + LANES];
    // Soft layers.
    SoftBlock soft[BLOCKS];
    float soft_furthest[BLOCKS];  // 1 / depth of the furthest solid sample; huge when nothing behind is seen
    uint8_t soft_open[BLOCKS];         // whether a block has been begun in this tile
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

// The first pixel of a block, in rows of TILE.
SHADE_INLINE int first_pixel(int block) {
    return (block / BLOCKS_A_ROW * TILE + block % BLOCKS_A_ROW) * BLOCK_SIDE;
}

// The middles of a block's pixels, from its corner.
SHADE_INLINE void block_middles(F& x, F& y) {
    for (int lane = 0; lane < LANES; ++lane) {
        x[lane] = static_cast<float>(lane % BLOCK_SIDE) + 0.5f;
        y[lane] = static_cast<float>(lane / BLOCK_SIDE) + 0.5f;
    }
}

// A triangle on the blocks of a tile: its planes at the pixels' middles, and from there to the samples.
class BlockPlanes {
   public:
    bool fill(const float* a, const float* b, const float* c, const TileArea& area, F middle_x, F middle_y, float lift) {
        if (!planes_.fill(a, b, c, area)) return false;
        for (float& value : planes_.nearness) value *= lift;
        for (int sample = 0; sample < SAMPLES; ++sample) {
            float right = SAMPLE_X[sample] - 0.5f, down = SAMPLE_Y[sample] - 0.5f;
            step1_[sample] = planes_.w1[0] * right + planes_.w1[1] * down;
            step2_[sample] = planes_.w2[0] * right + planes_.w2[1] * down;
            step_near_[sample] = planes_.nearness[0] * right + planes_.nearness[1] * down;
        }
        auto reach = [](float right, float down) { return SAMPLE_REACH * (std::fabs(right) + std::fabs(down)) - INSIDE; };
        reach1_ = reach(planes_.w1[0], planes_.w1[1]), reach2_ = reach(planes_.w2[0], planes_.w2[1]);
        reach3_ = reach(planes_.w1[0] + planes_.w2[0], planes_.w1[1] + planes_.w2[1]) + 1.0f;
        base1_ = plane_at(planes_.w1, middle_x, middle_y), base2_ = plane_at(planes_.w2, middle_x, middle_y);
        base_near_ = plane_at(planes_.nearness, middle_x, middle_y);
        return true;
    }
    int first_column() const { return planes_.first_x / BLOCK_SIDE; }
    int last_column() const { return planes_.last_x / BLOCK_SIDE; }
    int first_row() const { return planes_.first_y / BLOCK_SIDE; }
    int last_row() const { return planes_.last_y / BLOCK_SIDE; }

    // Goes to a block; false where surely none of its samples is inside.
    bool move_to(int column, int row) {
        float x = static_cast<float>(column * BLOCK_SIDE), y = static_cast<float>(row * BLOCK_SIDE);
        w1 = base1_ + (planes_.w1[0] * x + planes_.w1[1] * y), w2 = base2_ + (planes_.w2[0] * x + planes_.w2[1] * y);
        near_ = base_near_ + (planes_.nearness[0] * x + planes_.nearness[1] * y);
        return negative_bits(min(min(w1 + reach1_, w2 + reach2_), reach3_ - (w1 + w2))) != 0xffff;
    }
    // The pixels of which a sample is inside of the triangle and nearer than `before`.
    uint32_t hits(int sample, const float* before) const {
        return nearer_bits(w1 + step1_[sample], w2 + step2_[sample], nearness(sample), INSIDE, load(before));
    }
    F nearness(int sample) const { return near_ + step_near_[sample]; }

    F w1, w2;  // weights of the second and third corner at the pixels' middles

   private:
    Planes planes_;
    float step1_[SAMPLES], step2_[SAMPLES], step_near_[SAMPLES];
    float reach1_, reach2_, reach3_;  // how far the samples reach beyond the middles, in weights
    F base1_, base2_, base_near_, near_;
};

static void see_triangles(const View& view, const TileBins& solid, int32_t tile, const TileArea& area, Scratch& scratch) {
    F middle_x, middle_y;
    block_middles(middle_x, middle_y);
    BlockPlanes planes;
    for (int32_t at = solid.start[tile]; at < solid.start[tile + 1]; ++at) {
        int32_t number = solid.members[at];
        const int32_t* corners = view.triangles + 4 * static_cast<int64_t>(number);
        if (!planes.fill(view.screen + 4 * corners[0], view.screen + 4 * corners[1], view.screen + 4 * corners[2], area,
                         middle_x, middle_y, 1.0f))
            continue;
        int32_t eye = view.surfaces[corners[3]].kind == shade::EYE ? EYE_BIT : 0;
        I mark = set1i(number | corners[3] << SURFACE_SHIFT | eye);
        for (int row = planes.first_row(); row <= planes.last_row(); ++row) {
            for (int column = planes.first_column(); column <= planes.last_column(); ++column) {
                if (!planes.move_to(column, row)) continue;
                int block = row * BLOCKS_A_ROW + column;
                for (int sample = 0; sample < SAMPLES; ++sample) {
                    float* nearness = scratch.nearness[block][sample];
                    uint32_t hits = planes.hits(sample, nearness);
                    if (hits != 0) keep_where(hits, planes.nearness(sample), mark, nearness, scratch.seen[block][sample]);
                }
            }
        }
    }
}

// Turns the samples into as few points to shade as the picture allows: one per pixel inside of a surface, one per
// surface at edges, every sample in the eyes (where the finest detail is).
class ItemFinder {
   public:
    ItemFinder(const View& view, const TileArea& area, Scratch& scratch)
        : area_(area), scratch_(scratch), items_(scratch.found), pixels_3_(3.0f / view.frame->focal[0]) {}

    void find() {
        items_.count = 0;
        std::fill(items_.of_surface, items_.of_surface + 64, 0);
        block_middles(middle_x_, middle_y_);
        for (int row = 0; row * BLOCK_SIDE < area_.height; ++row)
            for (int column = 0; column * BLOCK_SIDE < area_.width; ++column) find_in_block(column, row);
    }

   private:
    // Nearly all pixels show one surface without a jump in depth, or nothing: sixteen at a time.
    void find_in_block(int column, int row) {
        int block = row * BLOCKS_A_ROW + column;
        const auto& all_seen = scratch_.seen[block];
        I seen[SAMPLES];
        for (int sample = 0; sample < SAMPLES; ++sample) seen[sample] = loadi(all_seen[sample]);
        // All bits are set only where nothing is seen.
        uint32_t empty = mask_bits((seen[0] & seen[1] & seen[2] & seen[3]) == NOTHING);
        int right = area_.width - column * BLOCK_SIDE, below = area_.height - row * BLOCK_SIDE;
        if (right < BLOCK_SIDE) empty |= 0xffffu & ~(((1u << right) - 1) * 0x1111u);
        if (below < BLOCK_SIDE) empty |= 0xffffu << (below * BLOCK_SIDE) & 0xffffu;
        if (empty == 0xffff) return;
        F near = load(scratch_.nearness[block][0]), jump = jump_at(near);
        I smooth = (seen[0] & EYE_BIT) == 0;
        for (int sample = 1; sample < SAMPLES; ++sample) {
            I differs = (seen[sample] | seen[0]) - (seen[sample] & seen[0]);
            F step = absolute(load(scratch_.nearness[block][sample]) - near);
            smooth = smooth & ((differs & ~TRIANGLE_BITS) == 0) & ((differs == 0) | (step <= jump));
        }
        uint32_t inside = mask_bits(smooth) & ~empty;
        if (inside != 0) add_inside(column, row, inside, seen[0]);
        for (uint32_t edges = ~inside & ~empty & 0xffff; edges != 0; edges &= edges - 1)
            find_at_edge(column, row, __builtin_ctz(edges));
    }

    // The samples' mean is the pixel's middle.
    void add_inside(int column, int row, uint32_t inside, I seen) {
        int at = items_.count, added = __builtin_popcount(inside);
        keep_packed(items_.triangle + at, inside, seen & TRIANGLE_BITS);
        keep_packed(items_.surface + at, inside, (seen >> SURFACE_SHIFT) & SURFACE_BITS);
        I lane = truncate(iota());
        keep_packed(items_.pixel + at, inside, (lane >> 2) * TILE + (lane & 3) + first_pixel(row * BLOCKS_A_ROW + column));
        keep_packed(items_.x + at, inside, middle_x_ + static_cast<float>(area_.left + column * BLOCK_SIDE));
        keep_packed(items_.y + at, inside, middle_y_ + static_cast<float>(area_.top + row * BLOCK_SIDE));
        store(items_.weight + at, set1(1.0f));
        for (int item = at; item < at + added; ++item) ++items_.of_surface[items_.surface[item]];
        items_.count += added;
    }

    // Same surface and no jump in depth: 1.5 mm, or three pixels' worth where pixels are coarse.
    // In nearness, 1 / depth: a step of d at depth 1 / n changes it by d * n * n.
    F jump_at(F near) const { return max(near * 0.0015f, pixels_3_) * near; }

    void find_at_edge(int column, int row, int lane) {
        int block = row * BLOCKS_A_ROW + column, x = column * BLOCK_SIDE + lane % BLOCK_SIDE;
        int y = row * BLOCK_SIDE + lane / BLOCK_SIDE, pixel = y * TILE + x;
        int32_t seen[SAMPLES];
        float near[SAMPLES];
        for (int sample = 0; sample < SAMPLES; ++sample)
            seen[sample] = scratch_.seen[block][sample][lane], near[sample] = scratch_.nearness[block][sample][lane];
        float left = static_cast<float>(area_.left + x), top = static_cast<float>(area_.top + y);
        bool done[SAMPLES] = {seen[0] < 0, seen[1] < 0, seen[2] < 0, seen[3] < 0};
        for (int first = 0; first < SAMPLES; ++first) {
            if (done[first]) continue;
            int32_t surface = seen[first] >> SURFACE_SHIFT;
            float sum_x = SAMPLE_X[first], sum_y = SAMPLE_Y[first];
            int members = 1;
            if ((seen[first] & EYE_BIT) == 0) {
                float jump = std::max(0.0015f * near[first], pixels_3_) * near[first];
                for (int other = first + 1; other < SAMPLES; ++other) {
                    if (done[other]) continue;
                    if (seen[other] != seen[first]) {
                        if (seen[other] >> SURFACE_SHIFT != surface) continue;
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

    void add(int32_t seen, int32_t pixel, float x, float y, float weight) {
        int at = items_.count++, surface = (seen >> SURFACE_SHIFT) & SURFACE_BITS;
        items_.triangle[at] = seen & TRIANGLE_BITS, items_.pixel[at] = pixel, items_.surface[at] = surface;
        items_.x[at] = x, items_.y[at] = y, items_.weight[at] = weight;
        ++items_.of_surface[surface];
    }

    const TileArea& area_;
    Scratch& scratch_;
    Items& items_;
    F middle_x_, middle_y_;
    float pixels_3_;  // three pixels at depth 1
};

}  // namespace SHADE_NAMESPACE
