// A tile of the loss, four rows at a time: what the window needs of the rows before lies in rings, so nothing leaves
// the cache, and a row that is read serves four. Channels stay interleaved; a neighbour is `channels` floats away. Rows
// are whole vectors: what stands behind their end is never used. Compiled once per instruction set.
#pragma once

#include <cstring>

#include "shade_simd.h"
#include "splat_loss.h"

namespace SHADE_NAMESPACE {

namespace {

constexpr int RADIUS = 5;
// Rows that are made at once, those that they need, and a ring that holds them.
constexpr int ROWS = 4, NEEDED = ROWS + 2 * RADIUS, RING = 16;
constexpr int MAPS = 4, SLOPES = 3;
constexpr float C1 = 0.01f * 0.01f, C2 = 0.03f * 0.03f;
// exp(-k^2 / (2 1.5^2)), k = 0 .. 5, over the sum of all eleven.
constexpr float WINDOW[RADIUS + 1] = {0.266011725f,   0.213005538f,   0.10936069f,
                                      0.0360007721f, 0.00759875814f, 0.00102838008f};
// Rows are a whole number of vectors and a little more, as taps reach beyond their end.
constexpr int64_t row_length(int channels) {
    return ((LOSS_TILE_WIDTH + 4 * RADIUS) * channels + 15) / 16 * 16 + 64;
}

#if SHADE_ISA == 2
template <int OFFSET> SHADE_INLINE F from(F first, F second, F third) {
    if constexpr (OFFSET == 0) return first;
    if constexpr (OFFSET == 16) return second;
    if constexpr (OFFSET < 16) return (F)_mm512_alignr_epi32((__m512i)second, (__m512i)first, OFFSET % 16);
    return (F)_mm512_alignr_epi32((__m512i)third, (__m512i)second, OFFSET % 16);
}
#endif

// target[i] = window over source[i], source[i + step], ..., source[i + 10 step]
SHADE_INLINE void across(const float* source, float* target, int64_t count, int step) {
#if SHADE_ISA == 2
    if (step == 3) {
        // Neighbours are cut out of three registers: loads that are not aligned cost twice.
        F first = load(source), second = load(source + LANES);
        for (int64_t i = 0; i < count; i += LANES) {
            const F third = load(source + i + 2 * LANES);
            F sum = from<15>(first, second, third) * WINDOW[0];
            sum += (from<12>(first, second, third) + from<18>(first, second, third)) * WINDOW[1];
            sum += (from<9>(first, second, third) + from<21>(first, second, third)) * WINDOW[2];
            sum += (from<6>(first, second, third) + from<24>(first, second, third)) * WINDOW[3];
            sum += (from<3>(first, second, third) + from<27>(first, second, third)) * WINDOW[4];
            sum += (first + from<30>(first, second, third)) * WINDOW[5];
            store(target + i, sum);
            first = second, second = third;
        }
        return;
    }
#endif
    const float* middle = source + RADIUS * step;
    for (int64_t i = 0; i < count; i += LANES) {
        F sum = load(middle + i) * WINDOW[0];
        for (int k = 1; k <= RADIUS; ++k) sum += (load(middle + i - k * step) + load(middle + i + k * step)) * WINDOW[k];
        store(target + i, sum);
    }
}

// Fourteen rows of a ring, the oldest first.
struct Rows {
    const float* row[NEEDED];
};

// Windows over rows k .. k + 10, for k = 0 .. 3.
SHADE_INLINE void down(const Rows& rows, int64_t i, F* sums) {
    F value[NEEDED];
    for (int k = 0; k < NEEDED; ++k) value[k] = load(rows.row[k] + i);
    for (int row = 0; row < ROWS; ++row) {
        F sum = value[row + RADIUS] * WINDOW[0];
        for (int k = 1; k <= RADIUS; ++k) sum += (value[row + RADIUS - k] + value[row + RADIUS + k]) * WINDOW[k];
        sums[row] = sum;
    }
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
    float *weights, *similarity;                 // [4] rows with one radius more
    float* maps;                                 // [16, 4] rows, convolved across
    float* slopes;                               // [4, 3] rows, before they are convolved
    float* spread;                               // [16, 3] rows, convolved across

    // Rows are counted from -2 * RING: never below 0 here.
    float* map_row(int32_t y, int map) const { return maps + ((y + 2 * RING) % RING * MAPS + map) * length; }
    float* spread_row(int32_t y, int map) const { return spread + ((y + 2 * RING) % RING * SLOPES + map) * length; }
    bool exists(int32_t y) const { return y >= 0 && y < task.height; }

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

    // SSIM of rows y .. y + 3 and what it wishes of the means, convolved across. Returns the sum where the tile is.
    double compare_rows(int32_t y) const {
        const int channels = task.channels;
        const int32_t pixels = x1 - x0;
        const int64_t inner = (pixels + 2 * RADIUS) * channels;
        Rows rows[MAPS];
        for (int map = 0; map < MAPS; ++map)
            for (int k = 0; k < NEEDED; ++k) rows[map].row[k] = map_row(y - RADIUS + k, map);
        // Pixels outside of the picture have the weight 0.
        for (int row = 0; row < ROWS; ++row)
            if (task.weight == nullptr ? y == y0 - RADIUS : exists(y + row))
                load_weights(y + row, x0 - RADIUS, pixels + 2 * RADIUS, weights + row * length);
        for (int64_t i = 0; i < inner; i += LANES) {
            F first[ROWS], second[ROWS], square[ROWS], mixed[ROWS];
            down(rows[0], i, first), down(rows[1], i, second), down(rows[2], i, square), down(rows[3], i, mixed);
            for (int row = 0; row < ROWS; ++row) {
                const F weight = load(weights + row * length + i);
                const F squared = first[row] * first[row] + second[row] * second[row], product = first[row] * second[row];
                const F a1 = 2.0f * product + C1, b1 = squared + C1;
                const F a2 = 2.0f * (mixed[row] - product) + C2, b2 = square[row] - squared + C2;
                const F inverse_b1 = 1.0f / b1, inverse_b2 = 1.0f / b2, inverse = weight * inverse_b1 * inverse_b2;
                const F value = a1 * a2 * inverse;
                store(similarity + row * length + i, value);
                const F ratio = value * inverse_b2, in_product = 2.0f * a1 * inverse;
                float* slope = slopes + row * SLOPES * length + i;
                store(slope, second[row] * (2.0f * a2 * inverse - in_product) +
                                 2.0f * first[row] * (ratio - value * inverse_b1));
                store(slope + length, -ratio);
                store(slope + 2 * length, in_product);
            }
        }
        double total = 0.0;
        for (int row = 0; row < ROWS; ++row) {
            if (!exists(y + row)) {
                std::memset(spread_row(y + row, 0), 0, static_cast<size_t>(SLOPES * length) * sizeof(float));
                continue;
            }
            for (int map = 0; map < SLOPES; ++map)
                across(slopes + (row * SLOPES + map) * length, spread_row(y + row, map), pixels * channels, channels);
            if (y + row >= y0 && y + row < y1)
                total += sum_of(similarity + row * length, RADIUS * channels, pixels * channels);
        }
        return total;
    }

    // The gradient of rows y .. y + 3, those that are the tile's. Returns the weighted sum of differences.
    double finish_rows(int32_t y) const {
        const int channels = task.channels;
        const int32_t pixels = x1 - x0, count_rows = y1 - y < ROWS ? y1 - y : ROWS;
        const int64_t count = pixels * channels;
        Rows rows[SLOPES];
        for (int map = 0; map < SLOPES; ++map)
            for (int k = 0; k < NEEDED; ++k) rows[map].row[k] = spread_row(y - RADIUS + k, map);
        for (int64_t i = 0; i < count; i += LANES) {
            F mean[ROWS], square[ROWS], mixed[ROWS];
            down(rows[0], i, mean), down(rows[1], i, square), down(rows[2], i, mixed);
            for (int row = 0; row < ROWS; ++row) {
                float* kept = slopes + row * SLOPES * length + i;
                store(kept, mean[row]), store(kept + length, square[row]), store(kept + 2 * length, mixed[row]);
            }
        }
        double total = 0.0;
        for (int row = 0; row < count_rows; ++row) {
            load_image(y + row, x0, pixels, image);
            load_target(y + row, x0, pixels, target);
            const float* own = weights;
            if (task.weight != nullptr) load_weights(y + row, x0 - RADIUS, pixels + RADIUS, products), own = products;
            own += RADIUS * channels;
            const float* kept = slopes + row * SLOPES * length;
            for (int64_t i = 0; i < count; i += LANES) {
                const F shown = load(image + i), wanted = load(target + i), weight = load(own + i);
                const F difference = shown - wanted, none = set1(0.0f);
                const F side = select(difference > 0.0f, weight, none) - select(difference < 0.0f, weight, none);
                store(squares + i, side * difference);
                const F similar =
                    load(kept + i) + 2.0f * shown * load(kept + length + i) + wanted * load(kept + 2 * length + i);
                store(similarity + i, side * task.l1_scale - similar * task.ssim_scale);
            }
            std::memcpy(task.gradient + (static_cast<int64_t>(y + row) * task.width + x0) * channels, similarity,
                        static_cast<size_t>(count) * sizeof(float));
            total += sum_of(squares, 0, count);
        }
        return total;
    }
};

}  // namespace

void compare_tile(const LossTask& task, int32_t tile_x, int32_t tile_y, float* scratch, LossSums& sums) {
    const int64_t length = row_length(task.channels);
    const int32_t height = loss_tile_height(task.height);
    const int32_t x0 = tile_x * LOSS_TILE_WIDTH, y0 = tile_y * height;
    const auto row = [&](int64_t number) { return scratch + number * length; };
    const Tile tile{task,
                    length,
                    x0,
                    x0 + LOSS_TILE_WIDTH < task.width ? x0 + LOSS_TILE_WIDTH : task.width,
                    y0,
                    y0 + height < task.height ? y0 + height : task.height,
                    row(0),
                    row(1),
                    row(2),
                    row(3),
                    row(4),
                    row(4 + ROWS),
                    row(4 + 2 * ROWS),
                    row(4 + 2 * ROWS + MAPS * RING),
                    row(4 + 2 * ROWS + MAPS * RING + SLOPES * ROWS)};
    sums = {0.0, 0.0};
    // With rows up to y + 3, SSIM is known up to y - 2; of those, four that begin at a multiple of four are finished.
    constexpr int32_t delay = 3 * ROWS;
    for (int32_t y = y0 - delay; y - delay < tile.y1; y += ROWS) {
        for (int row = 0; row < ROWS; ++row) tile.take_row(y + row);
        if (y >= y0) sums.similarity += tile.compare_rows(y - RADIUS);
        if (y - delay >= y0) sums.difference += tile.finish_rows(y - delay);
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
