#include "interpolate.h"

#include "pool.h"

namespace avatron::raster {

namespace {

// CHANNELS 0: any number. The fixed numbers let the compiler unroll.
template <int CHANNELS>
void interpolate_range(const int32_t* ids, const float* barycentric, int64_t begin, int64_t end,
                       const int32_t* triangle, const float* attribute, int64_t any_channels, float empty, float* out) {
    const int64_t channels = CHANNELS > 0 ? CHANNELS : any_channels;
    for (int64_t pixel = begin; pixel < end; ++pixel) {
        float* target = out + pixel * channels;
        if (ids[pixel] < 0) {
            for (int64_t c = 0; c < channels; ++c) target[c] = empty;
            continue;
        }
        const int32_t* corner = triangle + 3 * static_cast<int64_t>(ids[pixel]);
        const float* share = barycentric + 3 * pixel;
        const float* first = attribute + corner[0] * channels;
        const float* second = attribute + corner[1] * channels;
        const float* third = attribute + corner[2] * channels;
        for (int64_t c = 0; c < channels; ++c)
            target[c] = share[0] * first[c] + share[1] * second[c] + share[2] * third[c];
    }
}

}  // namespace

void interpolate(const int32_t* ids, const float* barycentric, int64_t pixels, const int32_t* triangle,
                 const float* attribute, int64_t channels, float empty, float* out) {
    const auto range = channels == 1   ? interpolate_range<1>
                       : channels == 2 ? interpolate_range<2>
                       : channels == 3 ? interpolate_range<3>
                       : channels == 4 ? interpolate_range<4>
                       : channels == 8 ? interpolate_range<8>
                                       : interpolate_range<0>;
    parallel_for(pixels, 8192, [&](int64_t begin, int64_t end) {
        range(ids, barycentric, begin, end, triangle, attribute, channels, empty, out);
    });
}

}  // namespace avatron::raster
