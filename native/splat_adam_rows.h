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
