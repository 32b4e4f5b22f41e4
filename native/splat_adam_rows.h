// Compiled once per instruction set; the compiler makes vectors of the one loop there is.
#pragma once

#include "splat_adam.h"

namespace SPLAT_ADAM_NAMESPACE {

namespace {

inline void advance(float* __restrict values, float* __restrict first, float* __restrict second,
                    const float* __restrict gradient, int64_t count, const AdamStep& step, float rate, float decay) {
    const float keep = step.first_decay, keep_square = step.second_decay;
    const float scale = rate * step.first_correction, shrink = 1.0f - rate * decay;
    for (int64_t i = 0; i < count; ++i) {
        const float mean = keep * first[i] + (1.0f - keep) * gradient[i];
        const float square = keep_square * second[i] + (1.0f - keep_square) * (gradient[i] * gradient[i]);
        first[i] = mean;
        second[i] = square;
        values[i] = shrink * values[i] - scale * mean / (__builtin_sqrtf(square * step.second_correction) + step.epsilon);
    }
}

// Steps of products whose second moment is a product.
inline void advance_products(const AdamGroup& group, const AdamStep& step, const uint8_t* seen, int64_t begin, int64_t end) {
    constexpr int BLOCK = 16;
    const int width = group.width;
    const int64_t length = static_cast<int64_t>(group.ranks) * width;
    const float shrink = 1.0f - group.rate * group.decay;
    // The factor of each value of a row, and what a row wishes over and over, to be read from any place on.
    float factors[MAX_PRODUCTS], wish[BLOCK + MAX_WIDTH];
    for (int64_t i = 0; i < length; ++i) factors[i] = group.rate * group.factors[i / width];
    for (int64_t row = begin; row < end; ++row) {
        if (seen != nullptr && seen[row] == 0) continue;
        float* __restrict second = group.second + row * width;
        int filled = 0;
        for (int source = 0; source < 3; ++source) {
            for (int k = 0; k < group.source_width[source]; ++k, ++filled) {
                const float own = group.sources[source][row * group.source_width[source] + k];
                const float square = step.second_decay * second[filled] + (1.0f - step.second_decay) * (own * own);
                second[filled] = square;
                wish[filled] = own / (__builtin_sqrtf(square * step.second_correction) + step.epsilon);
            }
        }
        for (int k = width; k < width + BLOCK - 1; ++k) wish[k] = wish[k - width];
        float* __restrict values = group.values + row * length;
        int64_t at = 0;
        for (; at + BLOCK <= length; at += BLOCK) {
            const float* own = wish + at % width;
            for (int k = 0; k < BLOCK; ++k) values[at + k] = shrink * values[at + k] - factors[at + k] * own[k];
        }
        for (; at < length; ++at) values[at] = shrink * values[at] - factors[at] * wish[at % width];
    }
}

}  // namespace

void adam_range(const AdamGroup& group, const AdamStep& step, const uint8_t* seen, int64_t begin, int64_t end) {
    if (group.factors == nullptr) {
        // Runs of rows that are seen are one long array.
        for (int64_t row = begin; row < end;) {
            if (seen != nullptr && seen[row] == 0) {
                ++row;
                continue;
            }
            int64_t last = row + 1;
            while (last < end && (seen == nullptr || seen[last] != 0)) ++last;
            const int64_t at = row * group.width;
            advance(group.values + at, group.first + at, group.second + at, group.sources[0] + at,
                    (last - row) * group.width, step, group.rate, group.decay);
            row = last;
        }
        return;
    }
    if (group.first == nullptr) return advance_products(group, step, seen, begin, end);
    const int64_t length = static_cast<int64_t>(group.ranks) * group.width;
    float gradient[MAX_PRODUCTS];
    for (int64_t row = begin; row < end; ++row) {
        if (seen != nullptr && seen[row] == 0) continue;
        float own[16];
        int filled = 0;
        for (int source = 0; source < 3; ++source)
            for (int k = 0; k < group.source_width[source]; ++k)
                own[filled++] = group.sources[source][row * group.source_width[source] + k];
        const float* factors =
            group.factors + (group.factor_rows == nullptr ? 0 : static_cast<int64_t>(group.factor_rows[row]) * group.ranks);
        for (int rank = 0; rank < group.ranks; ++rank)
            for (int k = 0; k < group.width; ++k) gradient[rank * group.width + k] = factors[rank] * own[k];
        const int64_t at = row * length;
        advance(group.values + at, group.first + at, group.second + at, gradient, length, step, group.rate, group.decay);
    }
}

}  // namespace SPLAT_ADAM_NAMESPACE
