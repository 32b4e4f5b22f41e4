// One tile: its Gaussians from near to far onto 16 x 16 pixels, and the way back.
//
// A block of 4 x 4 pixels is one vector. Forward a block takes all its Gaussians while colour and transmittance stay in
// registers; backward a Gaussian takes all its blocks while its sums stay in registers. A pixel that is finished goes on
// with the transmittance 0, which leaves everything as it is: only the one step that finishes a pixel is a special case.
#pragma once

#include "splat_reach.h"

namespace SHADE_NAMESPACE {

namespace {

// Records and slots are asked for this many entries early.
constexpr int AHEAD = 12;

SHADE_INLINE F log_alpha(const Record& record, F dx, F dy) {
    return (record.log_opacity - dy * (dy * record.c)) - dx * (dx * record.a + dy * record.b);
}

// Which of a block's pixels exist, as bits.
SHADE_INLINE uint32_t pixels_inside(const View& view, int32_t x, int32_t y) {
    uint32_t inside = 0;
    for (int32_t row = 0; row < BLOCK && y + row < view.height; ++row)
        for (int32_t column = 0; column < BLOCK && x + column < view.width; ++column) inside |= 1u << (row * BLOCK + column);
    return inside;
}

#if SHADE_ISA == 2
// Twelve floats of a row of four pixels, and the lanes of red, green and blue vectors that they are.
struct RowOfPixels {
    alignas(64) int32_t from[16] = {0, 16, 0, 1, 17, 1, 2, 18, 2, 3, 19, 3, 0, 0, 0, 0};
    alignas(64) int32_t two_rows[16] = {0, 3, 6, 9, 16, 19, 22, 25, 0, 3, 6, 9, 16, 19, 22, 25};
};
static constexpr RowOfPixels row_of_pixels;
constexpr __mmask16 TWELVE = 0x0fff, BLUE = 0x924, LOWER_ROWS = 0xff00;
#endif

// [H, W, D] pixels to D vectors; 0 outside.
template <int D>
SHADE_INLINE void load_block(const float* source, int channels, const View& view, int32_t x, int32_t y, F* values) {
#if SHADE_ISA == 2
    if (D == 3 && channels == 3 && x + BLOCK <= view.width && y + BLOCK <= view.height) {
        const float* row = source + (static_cast<int64_t>(y) * view.width + x) * 3;
        __m512 rows[BLOCK];
        for (int k = 0; k < BLOCK; ++k) rows[k] = _mm512_maskz_loadu_ps(TWELVE, row + k * 3ll * view.width);
        for (int channel = 0; channel < D; ++channel) {
            const __m512i from = _mm512_add_epi32(_mm512_load_si512(row_of_pixels.two_rows), _mm512_set1_epi32(channel));
            const __m512 upper = _mm512_permutex2var_ps(rows[0], from, rows[1]);
            const __m512 lower = _mm512_permutex2var_ps(rows[2], from, rows[3]);
            values[channel] = (F)_mm512_mask_mov_ps(upper, LOWER_ROWS, lower);
        }
        return;
    }
#endif
    alignas(64) float planes[D][16];
    std::memset(planes, 0, sizeof(planes));
    for (int32_t row = 0; row < BLOCK && y + row < view.height; ++row) {
        for (int32_t column = 0; column < BLOCK && x + column < view.width; ++column) {
            const float* pixel = source + (static_cast<int64_t>(y + row) * view.width + x + column) * channels;
            for (int channel = 0; channel < channels; ++channel) planes[channel][row * BLOCK + column] = pixel[channel];
        }
    }
    for (int channel = 0; channel < D; ++channel) values[channel] = load(planes[channel]);
}

template <int D>
SHADE_INLINE void store_block(float* target, int channels, const View& view, int32_t x, int32_t y, const F* values) {
    alignas(64) float planes[D][16];
#if SHADE_ISA == 2
    if (D == 3 && channels == 3 && x + BLOCK <= view.width && y + BLOCK <= view.height) {
        float* row = target + (static_cast<int64_t>(y) * view.width + x) * 3;
        for (int k = 0; k < BLOCK; ++k) {
            const __m512i from = _mm512_add_epi32(_mm512_load_si512(row_of_pixels.from), _mm512_set1_epi32(k * BLOCK));
            const __m512 two = _mm512_permutex2var_ps((__m512)values[0], from, (__m512)values[1]);
            const __m512 three = _mm512_mask_permutexvar_ps(two, BLUE, from, (__m512)values[2]);
            _mm512_mask_storeu_ps(row + k * 3ll * view.width, TWELVE, three);
        }
        return;
    }
#endif
    for (int channel = 0; channel < D; ++channel) store(planes[channel], values[channel]);
    if (D == 1 && x + BLOCK <= view.width && y + BLOCK <= view.height) {
        float* row = target + static_cast<int64_t>(y) * view.width + x;
        for (int k = 0; k < BLOCK; ++k) std::memcpy(row + static_cast<int64_t>(k) * view.width, planes[0] + k * BLOCK, BLOCK * sizeof(float));
        return;
    }
    for (int32_t row = 0; row < BLOCK && y + row < view.height; ++row) {
        for (int32_t column = 0; column < BLOCK && x + column < view.width; ++column) {
            float* pixel = target + (static_cast<int64_t>(y + row) * view.width + x + column) * channels;
            for (int channel = 0; channel < channels; ++channel) pixel[channel] = planes[channel][row * BLOCK + column];
        }
    }
}

struct TilePlace {
    int32_t x, y;
    int32_t block_x(int block) const { return x + block % 4 * BLOCK; }
    int32_t block_y(int block) const { return y + block / 4 * BLOCK; }
};

SHADE_INLINE TilePlace place_of(const Scene& scene, int32_t tile) {
    return {tile % scene.tile_columns * TILE, tile / scene.tile_columns * TILE};
}

// The light that still passes a block's pixels. One that is not live has none to give, and `left_over` of what it had.
struct Light {
    F passed;
    Mask live;
};

SHADE_INLINE Light fresh_light(const View& view, int32_t x, int32_t y) {
    const uint32_t inside = pixels_inside(view, x, y);
    return {where_bits(inside, set1(1.0f)), lanes_in(inside)};
}

// Blocks with a pixel in them, as bits.
SHADE_INLINE uint32_t blocks_inside(const View& view, const TilePlace& place) {
    uint32_t inside = 0;
    for (int block = 0; block < BLOCKS; ++block)
        if (place.block_x(block) < view.width && place.block_y(block) < view.height) inside |= 1u << block;
    return inside;
}

template <int D> void draw(const Scene& scene, const Picture& picture, int32_t tile) {
    const TilePlace place = place_of(scene, tile);
    const View& view = scene.view;
    alignas(64) F colour[BLOCKS][D], left_over[BLOCKS];
    Light light[BLOCKS];
    for (int block = 0; block < BLOCKS; ++block) {
        light[block] = fresh_light(view, place.block_x(block), place.block_y(block));
        left_over[block] = set1(0.0f);
        for (int channel = 0; channel < D; ++channel) colour[block][channel] = set1(0.0f);
    }
    uint32_t live = blocks_inside(view, place);
    const uint32_t begin = scene.start[tile], end = scene.start[tile + 1];
    BlockLists lists;
    uint32_t at = begin;
    for (; at < end && live != 0; at += CHUNK) {
        const auto count = static_cast<int32_t>(end - at < CHUNK ? end - at : CHUNK);
        list_by_block(scene, at, count, static_cast<float>(place.x), static_cast<float>(place.y), live, lists);
        for (uint32_t left = live; left != 0; left &= left - 1) {
            const int block = __builtin_ctz(left);
            const F x = load(block_lanes.x) + static_cast<float>(place.block_x(block));
            const F y = load(block_lanes.y) + static_cast<float>(place.block_y(block));
            F passed = light[block].passed, sum[D];
            Mask open = light[block].live;
            for (int channel = 0; channel < D; ++channel) sum[channel] = colour[block][channel];
            const int32_t* member = lists.member[block];
            for (const int32_t* last = member + lists.count[block]; member != last; ++member) {
                const Record& record = scene.records[*member];
                const F power = log_alpha(record, x - record.x, y - record.y);
                const F alpha = keep(at_least(power, LOG2_LEAST_ALPHA), min(power_of_two(power), MOST_ALPHA));
                F weight = alpha * passed, rest = less_its_share(passed, alpha);
                const Mask finished = below(open, rest, LEAST_TRANSMITTANCE);
                if (__builtin_expect(any(finished), 0)) {
                    left_over[block] = choose(finished, passed, left_over[block]);
                    weight = choose(finished, set1(0.0f), weight);
                    rest = choose(finished, set1(0.0f), rest);
                    open = without(open, finished);
                    if (!any(open)) member = last - 1;
                }
                for (int channel = 0; channel < D; ++channel) sum[channel] += weight * record.colour[channel];
                passed = rest;
            }
            light[block] = {passed, open};
            for (int channel = 0; channel < D; ++channel) colour[block][channel] = sum[channel];
            if (!any(open)) live &= ~(1u << block);
        }
    }
    if (at < end) std::memset(scene.masks + at, 0, (end - at) * sizeof(uint16_t));
    for (int block = 0; block < BLOCKS; ++block) {
        const int32_t x = place.block_x(block), y = place.block_y(block);
        if (x >= view.width || y >= view.height) continue;
        const F unused = light[block].passed + left_over[block];
        if (picture.background != nullptr) {
            F behind[D];
            if (picture.background_is_picture) {
                load_block<D>(picture.background, scene.channels, view, x, y, behind);
            } else {
                for (int channel = 0; channel < D; ++channel)
                    behind[channel] = set1(channel < scene.channels ? picture.background[channel] : 0.0f);
            }
            for (int channel = 0; channel < D; ++channel) colour[block][channel] += unused * behind[channel];
        }
        store_block<D>(picture.image, scene.channels, view, x, y, colour[block]);
        const F alpha = 1.0f - unused;
        store_block<1>(picture.alpha, 1, view, x, y, &alpha);
    }
}

template <int D> void go_back(const Scene& scene, const PictureGradients& given, int32_t tile, float* sums) {
    const uint32_t begin = scene.start[tile], end = scene.start[tile + 1];
    if (begin == end) return;
    const TilePlace place = place_of(scene, tile);
    const View& view = scene.view;
    const auto column = static_cast<uint32_t>(tile % scene.tile_columns), row = static_cast<uint32_t>(tile / scene.tile_columns);
    // `behind` is what all that follows adds to the pixel, in the direction of its gradient.
    alignas(64) F behind[BLOCKS], wish[BLOCKS][D], xs[BLOCKS], ys[BLOCKS];
    Light light[BLOCKS];
    uint32_t live = blocks_inside(view, place);
    for (uint32_t left = live; left != 0; left &= left - 1) {
        const int block = __builtin_ctz(left);
        const int32_t x = place.block_x(block), y = place.block_y(block);
        light[block] = fresh_light(view, x, y);
        xs[block] = load(block_lanes.x) + static_cast<float>(x);
        ys[block] = load(block_lanes.y) + static_cast<float>(y);
        F colour[D];
        load_block<D>(given.image_given, scene.channels, view, x, y, wish[block]);
        load_block<D>(given.image, scene.channels, view, x, y, colour);
        F total = colour[0] * wish[block][0];
        for (int channel = 1; channel < D; ++channel) total += colour[channel] * wish[block][channel];
        if (given.alpha_given != nullptr) {
            F alpha, alpha_wish;
            load_block<1>(given.alpha, 1, view, x, y, &alpha);
            load_block<1>(given.alpha_given, 1, view, x, y, &alpha_wish);
            total -= (1.0f - alpha) * alpha_wish;
        }
        behind[block] = total;
    }
    const auto slot_of = [&](const Record& record) {
        return sums + static_cast<int64_t>(record.slot + row * record.columns + column) * SUMS;
    };
    for (uint32_t at = begin; at < end; ++at) {
        __builtin_prefetch(&scene.records[scene.entries[at + AHEAD]]);
        if (at + AHEAD / 2 < end) __builtin_prefetch(slot_of(scene.records[scene.entries[at + AHEAD / 2]]), 1);
        const Record& record = scene.records[scene.entries[at]];
        float* slot = slot_of(record);
        uint32_t left = scene.masks[at] & live;
        if (left == 0) {
            std::memset(slot, 0, SUMS * sizeof(float));
            continue;
        }
        F sum[COLOUR_SUMS + D];
        for (int k = 0; k < COLOUR_SUMS + D; ++k) sum[k] = set1(0.0f);
        for (; left != 0; left &= left - 1) {
            const int block = __builtin_ctz(left);
            const F dx = xs[block] - record.x, dy = ys[block] - record.y;
            const F power = log_alpha(record, dx, dy);
            const F free = keep(at_least(power, LOG2_LEAST_ALPHA), power_of_two(power)), alpha = min(free, MOST_ALPHA);
            const F passed = light[block].passed;
            F weight = alpha * passed, rest = less_its_share(passed, alpha);
            // Where alpha is held at its limit, it does not move with the Gaussian.
            Mask moves = below(light[block].live, free, MOST_ALPHA);
            const Mask finished = below(light[block].live, rest, LEAST_TRANSMITTANCE);
            if (__builtin_expect(any(finished), 0)) {
                weight = choose(finished, set1(0.0f), weight);
                rest = choose(finished, set1(0.0f), rest);
                moves = without(moves, finished);
                light[block].live = without(light[block].live, finished);
                if (!any(light[block].live)) live &= ~(1u << block);
            }
            light[block].passed = rest;
            F direction = wish[block][0] * record.colour[0];
            for (int channel = 1; channel < D; ++channel) direction += wish[block][channel] * record.colour[channel];
            for (int channel = 0; channel < D; ++channel) sum[COLOUR_SUMS + channel] += weight * wish[block][channel];
            const F own = weight * direction, remaining = behind[block] - own;
            behind[block] = remaining;
            const F pull = keep(moves, own - remaining * (alpha * inverse(1.0f - alpha)));
            const F pull_x = pull * dx, pull_y = pull * dy;
            sum[0] += pull;
            sum[1] += pull_x;
            sum[2] += pull_y;
            sum[3] += pull_x * dx;
            sum[4] += pull_x * dy;
            sum[5] += pull_y * dy;
        }
        store_sums<COLOUR_SUMS + D>(slot, sum);
    }
}

}  // namespace

void draw_tile(const Scene& scene, const Picture& picture, int32_t tile) {
    if (scene.channels <= 3) return draw<3>(scene, picture, tile);
    if (scene.channels <= 4) return draw<4>(scene, picture, tile);
    draw<MAX_CHANNELS>(scene, picture, tile);
}

void backward_tile(const Scene& scene, const PictureGradients& given, int32_t tile, float* sums) {
    if (scene.channels <= 3) return go_back<3>(scene, given, tile, sums);
    if (scene.channels <= 4) return go_back<4>(scene, given, tile, sums);
    go_back<MAX_CHANNELS>(scene, given, tile, sums);
}

}  // namespace SHADE_NAMESPACE
