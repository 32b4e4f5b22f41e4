// A part of a picture, turned and resized, as the floats that a network takes.
#pragma once

#include <cstdint>

namespace avatron::warp {

// From the pixels of the output to those of the source: (x, y) -> (xx x + xy y + x0, yx x + yy y + y0).
// Pixel (i, j) covers [i, i + 1) x [j, j + 1) on both sides.
struct Affine {
    double xx, xy, x0, yx, yy, y0;
};

struct Source {
    const uint8_t* rgb;  // [height, width, 3]
    int64_t width, height;
};

// What is written is gain * byte + offset; beyond the border lies the border's pixel again, or black.
struct Target {
    float* values;  // [height, width, 3]
    int64_t width, height;
    float gain, offset;
    bool black_outside;
};

// A smaller copy of a part of the source: its pixel (i, j) is the mean of factor x factor pixels of the source, those
// that exist, times 256. It begins at (left, top) of the source, both multiples of the factor.
struct Reduced {
    uint16_t* pixels;  // [height, width, 4], the fourth 0
    int64_t left, top, width, height, factor;
};

// What the samples are taken from: the source itself, or the reduced copy where `reduced` is set. `taps` x `taps` samples
// make a value; `to_samples` leads to the pixels of whichever it is.
struct Job {
    const Source* source;
    const Reduced* reduced;
    Affine to_samples;
    const Target* target;
    int taps;
};

// Rows begin .. end of the reduced copy, with room for 3 * source.width + 1 sums; and of the target. Once a set.
namespace portable {
void reduce_rows(const Source& source, const Reduced& reduced, uint32_t* sums, int64_t begin, int64_t end);
void sample_rows(const Job& job, int64_t begin, int64_t end);
}
namespace avx2 {
void reduce_rows(const Source& source, const Reduced& reduced, uint32_t* sums, int64_t begin, int64_t end);
void sample_rows(const Job& job, int64_t begin, int64_t end);
}
namespace avx512 {
void reduce_rows(const Source& source, const Reduced& reduced, uint32_t* sums, int64_t begin, int64_t end);
void sample_rows(const Job& job, int64_t begin, int64_t end);
}

// Where the output is coarser than the source, each value is the mean of what its pixel covers, not a sample of it.
void sample(const Source& source, const Affine& to_source, const Target& target);

}  // namespace avatron::warp
