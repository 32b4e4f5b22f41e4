// Two rows of RGB to two rows of luma and one of chroma, compiled once per instruction set (YUV_NAMESPACE).
//
// Colours are taken apart sixteen pixels at a time; the sums are loops over a block that stays in the first cache, which
// the compiler turns into vectors. All sums are of whole numbers, so every set gives the same bytes.
// No standard library here: the linker could give everybody this file's copy.
#pragma once

#include <cstdint>
#include <cstring>

#include "yuv.h"

namespace avatron::yuv::YUV_NAMESPACE {

namespace {

typedef uint8_t B16 __attribute__((vector_size(16)));

constexpr int block = 64;
// ITU-R BT.709-6, item 3: the share of each colour in luma; item 4: 219 steps of luma and 224 of chroma, in 2^-20.
constexpr double red_share = 0.2126, blue_share = 0.0722, green_share = 1 - red_share - blue_share;
constexpr int fraction = 20;
constexpr int32_t fixed(double share) {
    const double scaled = share / 255 * (1 << fraction);
    return static_cast<int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}
constexpr int32_t luma_red = fixed(219 * red_share), luma_green = fixed(219 * green_share),
                  luma_blue = fixed(219 * blue_share);
constexpr double blue_scale = 224 / (2 * (1 - blue_share)), red_scale = 224 / (2 * (1 - red_share));
// What grey adds up to must be nothing, whatever the rounding: the greens are what is left.
constexpr int32_t blue_red = fixed(-blue_scale * red_share), blue_blue = fixed(blue_scale * (1 - blue_share)),
                  blue_green = -blue_red - blue_blue;
constexpr int32_t red_red = fixed(red_scale * (1 - red_share)), red_blue = fixed(-red_scale * blue_share),
                  red_green = -red_red - red_blue;

struct Colours {
    alignas(64) uint8_t red[block], green[block], blue[block];
};

// Takes `count` pixels of a row apart; the last one is repeated to an even number.
inline void split(const uint8_t* rgb, int count, Colours& colours) {
    int pixel = 0;
    for (; pixel + 16 <= count; pixel += 16) {
        B16 a, b, c;
        std::memcpy(&a, rgb + 3 * pixel, 16);
        std::memcpy(&b, rgb + 3 * pixel + 16, 16);
        std::memcpy(&c, rgb + 3 * pixel + 32, 16);
        const B16 red = __builtin_shufflevector(
            __builtin_shufflevector(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, -1, -1, -1, -1, -1), c,  //
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
        const B16 green = __builtin_shufflevector(
            __builtin_shufflevector(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, -1, -1, -1, -1, -1), c,  //
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
        const B16 blue = __builtin_shufflevector(
            __builtin_shufflevector(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, -1, -1, -1, -1, -1, -1), c,  //
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
        std::memcpy(colours.red + pixel, &red, 16);
        std::memcpy(colours.green + pixel, &green, 16);
        std::memcpy(colours.blue + pixel, &blue, 16);
    }
    for (; pixel < count; ++pixel) {
        colours.red[pixel] = rgb[3 * pixel];
        colours.green[pixel] = rgb[3 * pixel + 1];
        colours.blue[pixel] = rgb[3 * pixel + 2];
    }
    if (count % 2 != 0) {
        colours.red[count] = colours.red[count - 1];
        colours.green[count] = colours.green[count - 1];
        colours.blue[count] = colours.blue[count - 1];
    }
}

inline void luma_of(const Colours& colours, uint8_t* out) {
    constexpr int32_t zero = (16 << fraction) + (1 << (fraction - 1));
    for (int pixel = 0; pixel < block; ++pixel)
        out[pixel] = static_cast<uint8_t>((luma_red * colours.red[pixel] + luma_green * colours.green[pixel] +
                                           luma_blue * colours.blue[pixel] + zero) >>
                                          fraction);
}

// Sums of 2 x 2 pixels: bytes are added in pairs as the halves of words.
inline void sum_pairs(const uint8_t* above, const uint8_t* below, uint16_t* sums) {
    uint16_t high[block / 2], low[block / 2];
    std::memcpy(high, above, block);
    std::memcpy(low, below, block);
    for (int pair = 0; pair < block / 2; ++pair)
        sums[pair] =
            static_cast<uint16_t>((high[pair] & 255) + (high[pair] >> 8) + (low[pair] & 255) + (low[pair] >> 8));
}

inline void chroma_of(const Colours& above, const Colours& below, uint8_t* blue_out, uint8_t* red_out) {
    uint16_t red[block / 2], green[block / 2], blue[block / 2];
    sum_pairs(above.red, below.red, red);
    sum_pairs(above.green, below.green, green);
    sum_pairs(above.blue, below.blue, blue);
    // Four pixels are in each sum: two more bits.
    constexpr int32_t zero = (128 << (fraction + 2)) + (1 << (fraction + 1));
    for (int pair = 0; pair < block / 2; ++pair) {
        blue_out[pair] = static_cast<uint8_t>(
            (blue_red * red[pair] + blue_green * green[pair] + blue_blue * blue[pair] + zero) >> (fraction + 2));
        red_out[pair] = static_cast<uint8_t>(
            (red_red * red[pair] + red_green * green[pair] + red_blue * blue[pair] + zero) >> (fraction + 2));
    }
}

}  // namespace

void convert_pairs(const Picture& picture, int64_t begin, int64_t end) {
    Colours above, below;
    std::memset(&above, 0, sizeof(above));
    std::memset(&below, 0, sizeof(below));
    alignas(64) uint8_t luma[block], blue[block / 2], red[block / 2];
    for (int64_t pair = begin; pair < end; ++pair) {
        const int64_t row = 2 * pair;
        const bool whole = row + 1 < picture.height;
        const uint8_t* upper = picture.rgb + 3 * picture.width * row;
        const uint8_t* lower = whole ? upper + 3 * picture.width : upper;
        for (int64_t column = 0; column < picture.width; column += block) {
            const int count = picture.width - column < block ? static_cast<int>(picture.width - column) : block;
            split(upper + 3 * column, count, above);
            split(lower + 3 * column, count, below);
            luma_of(above, luma);
            std::memcpy(picture.luma.bytes + row * picture.luma.stride + column, luma, count);
            if (whole) {
                luma_of(below, luma);
                std::memcpy(picture.luma.bytes + (row + 1) * picture.luma.stride + column, luma, count);
            }
            chroma_of(above, below, blue, red);
            std::memcpy(picture.blue.bytes + pair * picture.blue.stride + column / 2, blue, (count + 1) / 2);
            std::memcpy(picture.red.bytes + pair * picture.red.stride + column / 2, red, (count + 1) / 2);
        }
    }
}

}  // namespace avatron::yuv::YUV_NAMESPACE
