// A part of a picture, turned and resized, as the floats that a network takes.
#pragma once

#include <cstdint>

namespace avatron::warp {

struct Source {
    const uint8_t* rgb;  // [height, width, 3]
    int64_t width, height;
};

// From the pixels of the output to those of the source: (x, y) -> (xx x + xy y + x0, yx x + yy y + y0).
// Pixel (i, j) covers [i, i + 1) x [j, j + 1) on both sides.
struct Affine {
    double xx, xy, x0, yx, yy, y0;
};

// What is written is gain * byte + offset; beyond the border lies the border's pixel again, or black.
struct Target {
    float* values;  // [height, width, 3]
    int64_t width, height;
    float gain, offset;
    bool black_outside;
};

// Where the output is coarser than the source, each value is the mean of what its pixel covers, not a sample of it.
void sample(const Source& source, const Affine& to_source, const Target& target);

}  // namespace avatron::warp
