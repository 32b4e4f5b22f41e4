#include "watermark.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace avatron::watermark {

namespace {

constexpr int64_t side = 8;        // pixels of a block that has one strength
constexpr int edge = 8;            // a difference above this is an edge, and no texture that hides anything
constexpr int gain_bits = 9;       // strengths are multiples of 2^-9
constexpr int kept_bits = 13 + gain_bits - 16;

// Adds to sums [width * channels] the differences of a row to its neighbours on the right and below.
void add_differences(const uint8_t* row, const uint8_t* below, int64_t count, int64_t channels, uint8_t* sums) {
    const auto difference = [](uint8_t one, uint8_t other) {
        const uint8_t apart = static_cast<uint8_t>(std::max(one, other) - std::min(one, other));
        return std::min<uint8_t>(apart, edge);
    };
    // 8 rows of twice 8 are 128: the sums fit their bytes.
    for (int64_t place = 0; place < count - channels; ++place)
        sums[place] = static_cast<uint8_t>(sums[place] + difference(row[place], row[place + channels]) +
                                           difference(row[place], below[place]));
    for (int64_t place = count - channels; place < count; ++place)
        sums[place] = static_cast<uint8_t>(sums[place] + difference(row[place], below[place]));
}

// One row of blocks: the strength of each in the middle of it, straight lines between, for each value of a row.
class GainRow {
  public:
    GainRow(const Picture& picture, const Strength& strength)
        : picture(picture), strength(strength), values(picture.width * picture.channels),
          sums(picture.width * picture.channels), blocks((picture.width + side - 1) / side) {}

    void measure(int64_t block_row) {
        const int64_t count = picture.width * picture.channels, first = block_row * side;
        const int64_t last = std::min(first + side, picture.height);
        std::fill(sums.begin(), sums.end(), 0);
        for (int64_t y = first; y < last; ++y) {
            const uint8_t* row = picture.pixels + y * count;
            add_differences(row, y + 1 < picture.height ? row + count : row, count, picture.channels, sums.data());
        }
        for (size_t block = 0; block < blocks.size(); ++block) {
            const int64_t begin = static_cast<int64_t>(block) * side * picture.channels;
            const int64_t end = std::min(begin + side * picture.channels, count);
            int sum = 0;
            for (int64_t place = begin; place < end; ++place) sum += sums[place];
            const float mean = static_cast<float>(sum) / static_cast<float>((end - begin) * (last - first));
            const float gain = std::min(strength.floor + strength.slope * mean, strength.most);
            blocks[block] = static_cast<int16_t>(gain * (1 << gain_bits));
        }
        spread();
    }

    std::vector<int16_t>& row() { return values; }

  private:
    void spread() {
        const int64_t last = static_cast<int64_t>(blocks.size()) - 1;
        int16_t* value = values.data();
        for (int64_t x = 0; x < picture.width; ++x) {
            const int64_t left = std::max<int64_t>((x - side / 2) >> 3, 0), right = std::min((x + side / 2) >> 3, last);
            const int weight = static_cast<int>((x + side / 2) & (side - 1));
            const int16_t gain =
                static_cast<int16_t>((blocks[left] * (side - weight) + blocks[right] * weight) >> 3);
            for (int64_t channel = 0; channel < picture.channels; ++channel) *value++ = gain;
        }
    }

    const Picture& picture;
    const Strength& strength;
    std::vector<int16_t> values;
    std::vector<uint8_t> sums;
    std::vector<int16_t> blocks;
};

void add_row(const uint8_t* pixels, const int16_t* pattern, const int16_t* upper, const int16_t* lower, int weight,
             int64_t count, uint8_t* out) {
    const int16_t below = static_cast<int16_t>(weight), above = static_cast<int16_t>(side - weight);
    for (int64_t place = 0; place < count; ++place) {
        const int16_t gain = static_cast<int16_t>(
            static_cast<uint16_t>(static_cast<int16_t>(upper[place] * above + lower[place] * below)) >> 3);
        const int16_t scaled = static_cast<int16_t>((static_cast<int32_t>(pattern[place]) * gain) >> 16);
        const int16_t rounded = static_cast<int16_t>((scaled + (1 << (kept_bits - 1))) >> kept_bits);
        const int16_t sum = static_cast<int16_t>(pixels[place] + rounded);
        out[place] = static_cast<uint8_t>(std::clamp<int16_t>(sum, 0, 255));
    }
}

}  // namespace

void add(const Picture& picture, const Pattern& pattern, const Strength& strength, uint8_t* out) {
    const int64_t count = picture.width * picture.channels, period = pattern.side * picture.channels;
    const int64_t block_rows = (picture.height + side - 1) / side;
    // Three rows of blocks are at hand: half of a block lies between its own middle and the next one's.
    GainRow upper(picture, strength), here(picture, strength), lower(picture, strength);
    here.measure(0);
    upper.row() = here.row();
    for (int64_t block_row = 0; block_row < block_rows; ++block_row) {
        if (block_row + 1 < block_rows)
            lower.measure(block_row + 1);
        else
            lower.row() = here.row();
        for (int64_t inner = 0; inner < side && block_row * side + inner < picture.height; ++inner) {
            const int64_t y = block_row * side + inner;
            const bool first_half = inner < side / 2;
            const int16_t* above = first_half ? upper.row().data() : here.row().data();
            const int16_t* below = first_half ? here.row().data() : lower.row().data();
            const int weight = static_cast<int>((inner + side / 2) & (side - 1));
            const int16_t* tile = pattern.rows + y % pattern.side * period;
            for (int64_t begin = 0; begin < count; begin += period) {
                const int64_t length = std::min(period, count - begin);
                add_row(picture.pixels + y * count + begin, tile, above + begin, below + begin, weight, length,
                        out + y * count + begin);
            }
        }
        std::swap(upper.row(), here.row());
        std::swap(here.row(), lower.row());
    }
}

}  // namespace avatron::watermark
