// A faint pattern added to a picture, fainter where the picture is flat and would show it.
#pragma once

#include <cstdint>

namespace avatron::watermark {

struct Picture {
    const uint8_t* pixels;  // [height, width, channels]
    int64_t height, width, channels;
};

struct Pattern {
    const int16_t* rows;  // [side, side, channels], in units of 2^-13; repeated over the picture
    int64_t side;
};

// How strong the pattern is, in levels of 8 bits: `floor` where all is flat, more by `slope` for each level of mean
// absolute difference between neighbours, and never more than `most` (below 4).
struct Strength {
    float floor, slope, most;
};

// out [height, width, channels] = pixels + pattern * strength, rounded and kept in 0 .. 255.
void add(const Picture& picture, const Pattern& pattern, const Strength& strength, uint8_t* out);

}  // namespace avatron::watermark
