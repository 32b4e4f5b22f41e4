// A tile of the loss, row by row: what the window needs of the last eleven rows lies in rings, so nothing leaves the
// cache. Channels stay interleaved; a neighbour is `channels` floats away. Rows are whole vectors: what stands behind
// their end is never used. Compiled once per instruction set.
#pragma once

#include <cstring>

#include "shade_simd.h"
#include "splat_loss.h"

namespace SHADE_NAMESPACE {

namespace {

constexpr int RADIUS = 5, TAPS = 11;
constexpr int MAPS = 4, SLOPES = 3;
constexpr float C1 = 0.01f * 0.01f, C2 = 0.03f * 0.03f;
// exp(-k^2 / (2 1.5^2)), k = 0 .. 5, over the sum of all eleven.
constexpr float WINDOW[RADIUS + 1] = {0.266011725f,   0.213005538f,   0.10936069f,
                                      0.0360007721f, 0.00759875814f, 0.00102838008f};
// Rows are a whole number of vectors and a little more, as taps reach beyond their end.
constexpr int64_t row_length(int channels) {
    return ((LOSS_TILE_WIDTH + 4 * RADIUS) * channels + 15) / 16 * 16 + 64;
}

// target[i] = window over source[i], source[i + step], ..., source[i + 10 step]
SHADE_INLINE void across(const float* source, float* target, int64_t count, int step) {
    const float* middle = source + RADIUS * step;
    for (int64_t i = 0; i < count; i += LANES) {
        F sum = load(middle + i) * WINDOW[0];
        for (int k = 1; k <= RADIUS; ++k) sum += (load(middle + i - k * step) + load(middle + i + k * step)) * WINDOW[k];
        store(target + i, sum);
    }
}

// Eleven rows of a ring, the oldest first.
struct Rows {
    const float* row[TAPS];
};

SHADE_INLINE F down(const Rows& rows, int64_t i) {
    F sum = load(rows.row[RADIUS] + i) * WINDOW[0];
    for (int k = 1; k <= RADIUS; ++k) sum += (load(rows.row[RADIUS - k] + i) + load(rows.row[RADIUS + k] + i)) * WINDOW[k];
    return sum;
}

// Values first .. first + count - 1 of a row, added up.
inline double sum_of(const float* row, int64_t first, int64_t count) {
    double total = 0.0;
    for (int64_t i = 0; i < count; i += LANES) {
        float sum = 0.0f;
        for (int64_t k = i, stop = i + LANES < count ? i + LANES : count; k < stop; ++k) sum += row[first + k];
        total += static_cast<double>(sum);
    }
    return total;
}

struct Tile {
    const LossTask& task;
    int64_t length;          // of a row of scratch
    int32_t x0, x1, y0, y1;  // pixels whose gradient is written
    float *image, *target, *squares, *products;  // a row with two radii more on either side
    float *weights, *similarity;                 // a row with one radius more
    float* own_weights;                          // a row
    float* maps;                                 // [11, 4] rows, convolved across
    float* slopes;                               // [3] rows, before they are convolved
    float* spread;                               // [11, 3] rows, convolved across

    float* map_row(int32_t y, int map) const { return maps + (((y + 4 * TAPS) % TAPS) * MAPS + map) * length; }
    float* spread_row(int32_t y, int map) const { return spread + (((y + 4 * TAPS) % TAPS) * SLOPES + map) * length; }

    // Pixels from, from + 1, ... of row y, `pixels` of them; 0 where there are none.
    void load_image(int32_t y, int32_t from, int32_t pixels, float* __restrict out) const {
        const int32_t first = from < 0 ? 0 : from, last = from + pixels < task.width ? from + pixels : task.width;
        const int channels = task.channels;
        std::memset(out, 0, static_cast<size_t>(pixels) * channels * sizeof(float));
        std::memcpy(out + (first - from) * channels, task.image + (static_cast<int64_t>(y) * task.width + first) * channels,
                    static_cast<size_t>(last - first) * channels * sizeof(float));
    }
    void load_target(int32_t y, int32_t from, int32_t pixels, float* __restrict out) const {
        const int32_t first = from < 0 ? 0 : from, last = from + pixels < task.width ? from + pixels : task.width;
        const int channels = task.channels;
        std::memset(out, 0, static_cast<size_t>(pixels) * channels * sizeof(float));
        float* __restrict begin = out + (first - from) * channels;
        const int64_t at = (static_cast<int64_t>(y) * task.width + first) * channels, count = (last - first) * channels;
        if (task.target != nullptr) {
            std::memcpy(begin, task.target + at, static_cast<size_t>(count) * sizeof(float));
            return;
        }
        const uint8_t* __restrict bytes = task.target_bytes + at;
        for (int64_t i = 0; i < count; ++i) begin[i] = static_cast<float>(bytes[i]) * (1.0f / 255.0f);
    }
    void load_weights(int32_t y, int32_t from, int32_t pixels, float* out) const {
        const int channels = task.channels;
        std::memset(out, 0, static_cast<size_t>(pixels) * channels * sizeof(float));
        for (int32_t i = 0; i < pixels; ++i) {
            const int32_t x = from + i;
            if (x < 0 || x >= task.width) continue;
            const float weight = task.weight == nullptr ? 1.0f : task.weight[static_cast<int64_t>(y) * task.width + x];
            for (int channel = 0; channel < channels; ++channel) out[i * channels + channel] = weight;
        }
    }

    // Means across of image, target, the sum of their squares and their product.
    void take_row(int32_t y) const {
        const int channels = task.channels;
        const int32_t pixels = x1 - x0;
        if (y < 0 || y >= task.height) {
            std::memset(map_row(y, 0), 0, static_cast<size_t>(MAPS * length) * sizeof(float));
            return;
        }
        load_image(y, x0 - 2 * RADIUS, pixels + 4 * RADIUS, image);
        load_target(y, x0 - 2 * RADIUS, pixels + 4 * RADIUS, target);
        const int64_t all = (pixels + 4 * RADIUS) * channels, inner = (pixels + 2 * RADIUS) * channels;
        for (int64_t i = 0; i < all; i += LANES) {
            const F a = load(image + i), b = load(target + i);
            store(squares + i, a * a + b * b);
            store(products + i, a * b);
        }
        across(image, map_row(y, 0), inner, channels);
        across(target, map_row(y, 1), inner, channels);
        across(squares, map_row(y, 2), inner, channels);
        across(products, map_row(y, 3), inner, channels);
    }

    // SSIM of row y and what it wishes of the means, convolved across. Returns the weighted sum where the tile is.
    double compare_row(int32_t y) const {
        if (y < 0 || y >= task.height) {
            std::memset(spread_row(y, 0), 0, static_cast<size_t>(SLOPES * length) * sizeof(float));
            return 0.0;
        }
        const int channels = task.channels;
        const int32_t pixels = x1 - x0;
        const int64_t inner = (pixels + 2 * RADIUS) * channels;
        // Pixels outside of the picture have the weight 0.
        if (task.weight != nullptr || y == (y0 - RADIUS < 0 ? 0 : y0 - RADIUS))
            load_weights(y, x0 - RADIUS, pixels + 2 * RADIUS, weights);
        Rows rows[MAPS];
        for (int map = 0; map < MAPS; ++map)
            for (int k = 0; k < TAPS; ++k) rows[map].row[k] = map_row(y - RADIUS + k, map);
        for (int64_t i = 0; i < inner; i += LANES) {
            const F weight = load(weights + i), first = down(rows[0], i), second = down(rows[1], i);
            const F squared = first * first + second * second, product = first * second;
            const F a1 = 2.0f * product + C1, b1 = squared + C1;
            const F a2 = 2.0f * (down(rows[3], i) - product) + C2, b2 = down(rows[2], i) - squared + C2;
            const F inverse = weight / (b1 * b2);
            const F value = a1 * a2 * inverse;
            store(similarity + i, value);
            const F ratio = value / b2, in_product = 2.0f * a1 * inverse;
            store(slopes + i, second * (2.0f * a2 * inverse - in_product) + 2.0f * first * (ratio - value / b1));
            store(slopes + length + i, -ratio);
            store(slopes + 2 * length + i, in_product);
        }
        for (int map = 0; map < SLOPES; ++map) across(slopes + map * length, spread_row(y, map), pixels * channels, channels);
        if (y < y0 || y >= y1) return 0.0;
        return sum_of(similarity, RADIUS * channels, pixels * channels);
    }

    // The gradient of row y. Returns the weighted sum of differences.
    double finish_row(int32_t y) const {
        const int channels = task.channels;
        const int32_t pixels = x1 - x0;
        const int64_t count = pixels * channels;
        load_image(y, x0, pixels, image);
        load_target(y, x0, pixels, target);
        if (task.weight != nullptr || y == y0) load_weights(y, x0, pixels, own_weights);
        Rows rows[SLOPES];
        for (int map = 0; map < SLOPES; ++map)
            for (int k = 0; k < TAPS; ++k) rows[map].row[k] = spread_row(y - RADIUS + k, map);
        for (int64_t i = 0; i < count; i += LANES) {
            const F shown = load(image + i), wanted = load(target + i), weight = load(own_weights + i);
            const F difference = shown - wanted;
            const F side = select(difference > 0.0f, weight, set1(0.0f)) - select(difference < 0.0f, weight, set1(0.0f));
            store(squares + i, side * difference);
            const F similar = down(rows[0], i) + 2.0f * shown * down(rows[1], i) + wanted * down(rows[2], i);
            store(similarity + i, side * task.l1_scale - similar * task.ssim_scale);
        }
        std::memcpy(task.gradient + (static_cast<int64_t>(y) * task.width + x0) * channels, similarity,
                    static_cast<size_t>(count) * sizeof(float));
        return sum_of(squares, 0, count);
    }
};

}  // namespace

void compare_tile(const LossTask& task, int32_t tile_x, int32_t tile_y, float* scratch, LossSums& sums) {
    const int64_t length = row_length(task.channels);
    const int32_t x0 = tile_x * LOSS_TILE_WIDTH, y0 = tile_y * LOSS_TILE_HEIGHT;
    const auto row = [&](int64_t number) { return scratch + number * length; };
    const Tile tile{task,
                    length,
                    x0,
                    x0 + LOSS_TILE_WIDTH < task.width ? x0 + LOSS_TILE_WIDTH : task.width,
                    y0,
                    y0 + LOSS_TILE_HEIGHT < task.height ? y0 + LOSS_TILE_HEIGHT : task.height,
                    row(0),
                    row(1),
                    row(2),
                    row(3),
                    row(4),
                    row(5),
                    row(6),
                    row(7),
                    row(7 + MAPS * TAPS),
                    row(7 + MAPS * TAPS + SLOPES)};
    sums = {0.0, 0.0};
    for (int32_t y = y0 - 2 * RADIUS; y < tile.y1 + 2 * RADIUS; ++y) {
        tile.take_row(y);
        if (y < y0) continue;
        sums.similarity += tile.compare_row(y - RADIUS);
        if (y >= y0 + 2 * RADIUS) sums.difference += tile.finish_row(y - 2 * RADIUS);
    }
}

void to_bytes(const float* __restrict values, int64_t count, uint8_t* __restrict bytes) {
    for (int64_t i = 0; i < count; ++i) {
        const float value = values[i] * 255.0f + 0.5f;
        // Written so that NaN becomes 0.
        const float low = value > 0.0f ? value : 0.0f;
        bytes[i] = static_cast<uint8_t>(static_cast<int32_t>(low < 255.0f ? low : 255.0f));
    }
}

}  // namespace SHADE_NAMESPACE
