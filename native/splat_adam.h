// Steps of Adam (Kingma and Ba, 2015) for the parameters of Gaussians, several arrays in one walk.
#pragma once

#include <cstdint>

namespace avatron::splats {

// One array [G, ranks, width] and its moments. Its gradient is `sources` side by side, [G, width] in all, where `factors`
// is null; otherwise the products of `factors` and that: it never exists as a whole. Where `first` is null the second
// moment is a product too (Shazeer and Stern, Adafactor, 2018): `second` is [G, width], `factors` were divided by theirs,
// and there is no mean of gradients: nothing is read and written but the values.
struct AdamGroup {
    float *values, *first, *second;
    const float* sources[3];
    int32_t source_width[3];
    int32_t width, ranks;
    const float* factors;        // [ranks], or [K, ranks] where there are rows
    const int32_t* factor_rows;  // [G] row of `factors`, or null
    float rate, decay;
};

struct AdamStep {
    float first_decay, second_decay;              // beta 1 and 2
    float first_correction, second_correction;    // 1 / (1 - beta^step)
    float epsilon;
};

#define AVATRON_SPLAT_ADAM \
    void adam_range(const AdamGroup& group, const AdamStep& step, const uint8_t* seen, int64_t begin, int64_t end);

namespace portable {
AVATRON_SPLAT_ADAM
}
namespace avx2 {
AVATRON_SPLAT_ADAM
}
namespace avx512 {
AVATRON_SPLAT_ADAM
}

#undef AVATRON_SPLAT_ADAM

// Rows with seen[g] = 0 are left as they are; `seen` may be null.
void adam(const AdamGroup* groups, int count, const AdamStep& step, const uint8_t* seen, int64_t rows);

// The most values of a row of an array whose gradient is made of products.
constexpr int MAX_PRODUCTS = 512;
// The most values that the sources of such a row have side by side.
constexpr int MAX_WIDTH = 16;

}  // namespace avatron::splats
