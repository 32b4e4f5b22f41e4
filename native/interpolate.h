// Values of the vertices at every pixel.
#pragma once

#include <cstdint>

namespace avatron::raster {

// out [pixels, C]: the three corners' attributes [V, C], weighted by the barycentrics; `empty` where nothing is.
void interpolate(const int32_t* ids, const float* barycentric, int64_t pixels, const int32_t* triangle,
                 const float* attribute, int64_t channels, float empty, float* out);

}  // namespace avatron::raster
