// RGB to the planes that video codecs store: BT.709, limited range, chroma averaged over 2 x 2 pixels.
#pragma once

#include <cstdint>

namespace avatron::yuv {

// A plane of bytes whose rows are `stride` apart.
struct Plane {
    uint8_t* bytes;
    int64_t stride;
};

// From `rgb` [height, width, 3]; chroma planes have half as many rows and columns, rounded up.
struct Picture {
    const uint8_t* rgb;
    int64_t width, height;
    Plane luma, blue, red;
};

// Rows 2 * begin .. 2 * end of the picture, once per instruction set.
namespace portable {
void convert_pairs(const Picture& picture, int64_t begin, int64_t end);
}
namespace avx2 {
void convert_pairs(const Picture& picture, int64_t begin, int64_t end);
}
namespace avx512 {
void convert_pairs(const Picture& picture, int64_t begin, int64_t end);
}

void convert(const Picture& picture);

}  // namespace avatron::yuv
