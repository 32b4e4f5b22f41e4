// One tile: its Gaussians from near to far onto 16 x 16 pixels, and the way back.
//
// A block of 4 x 4 pixels is one vector. Forward a block takes all its Gaussians while colour and transmittance stay in
// registers; backward a Gaussian takes all its blocks while its sums stay in registers. A pixel is finished by the first
// Gaussian behind which next to nothing would pass, which it leaves out, as in Kerbl et al. (2023).
#pragma once

#include "splat_pixels.h"
#include "splat_reach.h"

namespace SHADE_NAMESPACE {

namespace {

// Records and slots are asked for this many entries early.
constexpr int AHEAD = 12;

SHADE_INLINE F log_alpha(const Record& record, F dx, F dy) {
    return (record.log_opacity - dy * (dy * record.c)) - dx * (dx * record.a + dy * record.b);
}

// Of a Gaussian at pixels (x, y); 0 where it is negligible. `quick` is exact enough for bytes.
template <bool quick> SHADE_INLINE F alpha_of(const Record& record, F x, F y) {
    const F power = log_alpha(record, x - record.x, y - record.y);
    const F alpha = quick ? quick_power_of_two(power) : power_of_two(power);
    return keep(at_least(power, LOG2_LEAST_ALPHA), min(alpha, MOST_ALPHA));
}

struct TilePlace {
    int32_t x, y;
    int32_t block_x(int block) const { return x + block % 4 * BLOCK; }
    int32_t block_y(int block) const { return y + block / 4 * BLOCK; }
};

SHADE_INLINE TilePlace place_of(const Scene& scene, int32_t tile) {
    return {tile % scene.tile_columns * TILE, tile / scene.tile_columns * TILE};
}

// The light that still passes a block's pixels. What is not live is finished: it keeps the light that it has.
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

// A block while Gaussians are laid over it.
template <int D> struct Block {
    Light light;
    F colour[D];
};

// Whether pixels are finished is asked once in so many Gaussians: nobody can predict the answer, and wrong guesses
// cost more than the Gaussians that are drawn for nothing.
constexpr int32_t BETWEEN_LOOKS = 8;

// Lays `count` Gaussians over a block whose pixels are at (x, y). Returns whether a pixel is left that takes more.
template <int D>
SHADE_INLINE bool blend(const Scene& scene, const int32_t* member, int32_t count, F x, F y, Block<D>& block) {
    F passed = block.light.passed, sum[D];
    Mask live = block.light.live;
    for (int channel = 0; channel < D; ++channel) sum[channel] = block.colour[channel];
    for (const int32_t* last = member + count; member != last && any(live);) {
        const int32_t* next = last - member < BETWEEN_LOOKS ? last : member + BETWEEN_LOOKS;
        for (; member != next; ++member) {
            const Record& record = scene.records[*member];
            const F alpha = alpha_of<false>(record, x, y), rest = less_its_share(passed, alpha);
            live = at_least(live, rest, LEAST_TRANSMITTANCE);
            const F weight = keep(live, alpha * passed);
            for (int channel = 0; channel < D; ++channel) sum[channel] += weight * record.colour[channel];
            passed = choose(live, rest, passed);
        }
    }
    block.light = {passed, live};
    for (int channel = 0; channel < D; ++channel) block.colour[channel] = sum[channel];
    return any(live);
}

// The same where no way back has to follow: no pixel is ever finished alone, and the block is when less than `enough`
// passes through each.
template <int D>
SHADE_INLINE bool blend_until(float enough, const Scene& scene, const int32_t* member, int32_t count, F x, F y,
                              Block<D>& block) {
    F passed = block.light.passed, sum[D];
    bool more = true;
    for (int channel = 0; channel < D; ++channel) sum[channel] = block.colour[channel];
    for (const int32_t* last = member + count; member != last && more;) {
        const int32_t* next = last - member < BETWEEN_LOOKS ? last : member + BETWEEN_LOOKS;
        for (; member != next; ++member) {
            const Record& record = scene.records[*member];
            const F alpha = alpha_of<true>(record, x, y), weight = alpha * passed;
            for (int channel = 0; channel < D; ++channel) sum[channel] += weight * record.colour[channel];
            passed = less_its_share(passed, alpha);
        }
        more = any(at_least(passed, enough));
    }
    block.light.passed = passed;
    for (int channel = 0; channel < D; ++channel) block.colour[channel] = sum[channel];
    return more;
}

// The block over what is behind it, into the picture.
template <int D>
SHADE_INLINE void put(const Scene& scene, const Picture& picture, int32_t x, int32_t y, Block<D>& block) {
    const View& view = scene.view;
    const F unused = block.light.passed;
    if (picture.bytes != nullptr) return store_bytes<D>(picture, view, x, y, block.colour, unused);
    if (picture.background != nullptr) {
        F behind[D];
        if (picture.background_is_picture) {
            load_block<D>(picture.background, scene.channels, view, x, y, behind);
        } else {
            for (int channel = 0; channel < D; ++channel)
                behind[channel] = set1(channel < scene.channels ? picture.background[channel] : 0.0f);
        }
        for (int channel = 0; channel < D; ++channel) block.colour[channel] += unused * behind[channel];
    }
    store_block<D>(picture.image, scene.channels, view, x, y, block.colour);
    const F alpha = 1.0f - unused;
    store_block<1>(picture.alpha, 1, view, x, y, &alpha);
}

template <int D> void draw(const Scene& scene, const Picture& picture, int32_t tile) {
    const TilePlace place = place_of(scene, tile);
    const View& view = scene.view;
    const uint32_t begin = scene.start[tile], end = scene.start[tile + 1];
    if (begin == end && picture.bytes != nullptr) return copy_tile(picture, view, place.x, place.y);
    alignas(64) Block<D> blocks[BLOCKS];
    for (int block = 0; block < BLOCKS; ++block) {
        blocks[block].light = fresh_light(view, place.block_x(block), place.block_y(block));
        for (int channel = 0; channel < D; ++channel) blocks[block].colour[channel] = set1(0.0f);
    }
    uint32_t live = blocks_inside(view, place);
    const float enough = scene.options.enough;
    BlockLists lists;
    uint32_t at = begin;
    for (; at < end && live != 0; at += CHUNK) {
        const auto count = static_cast<int32_t>(end - at < CHUNK ? end - at : CHUNK);
        list_by_block(scene, at, count, static_cast<float>(place.x), static_cast<float>(place.y), live, lists);
        for (uint32_t left = live; left != 0; left &= left - 1) {
            const int block = __builtin_ctz(left);
            const F x = load(block_lanes.x) + static_cast<float>(place.block_x(block));
            const F y = load(block_lanes.y) + static_cast<float>(place.block_y(block));
            const int32_t* member = lists.member[block];
            const bool more = enough > 0.0f ? blend_until<D>(enough, scene, member, lists.count[block], x, y, blocks[block])
                                            : blend<D>(scene, member, lists.count[block], x, y, blocks[block]);
            if (!more) live &= ~(1u << block);
        }
    }
    if (at < end) std::memset(scene.masks + at, 0, (end - at) * sizeof(uint16_t));
    for (uint32_t left = blocks_inside(view, place); left != 0; left &= left - 1) {
        const int block = __builtin_ctz(left);
        put<D>(scene, picture, place.block_x(block), place.block_y(block), blocks[block]);
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
            const F passed = light[block].passed, rest = less_its_share(passed, alpha);
            const Mask open = at_least(light[block].live, rest, LEAST_TRANSMITTANCE);
            const F weight = keep(open, alpha * passed);
            // Where alpha is held at its limit, it does not move with the Gaussian.
            const Mask moves = below(open, free, MOST_ALPHA);
            light[block] = {choose(open, rest, passed), open};
            if (!any(open)) live &= ~(1u << block);
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
