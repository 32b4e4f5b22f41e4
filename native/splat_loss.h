// How far a picture is from another one, as 3D Gaussian splatting is trained: (1 - share) L1 + share (1 - SSIM), and the
// gradient, in one walk over the picture. SSIM of Wang et al. (2004) with an 11 x 11 Gaussian window, sigma 1.5, nothing
// (zeros) outside of the picture.
#pragma once

#include <cstdint>

namespace avatron::splats {

struct LossTask {
    const float* image;           // [H, W, C]
    const float* target;          // [H, W, C], or null and
    const uint8_t* target_bytes;  // [H, W, C] 0 .. 255
    const float* weight;          // [H, W] or null: all 1
    int32_t width, height, channels;
    float l1_scale, ssim_scale;   // share / (channels * sum of weights)
    float* gradient;              // [H, W, C] of the loss
};

// Tiles begin and end with rows that are made for nobody else's sake; small pictures have enough tiles for two threads.
constexpr int32_t LOSS_TILE_WIDTH = 256;
constexpr int32_t loss_tile_height(int32_t height) { return height < 512 ? 128 : 256; }

// Sums over a tile of weighted |image - target| and of weighted SSIM.
struct LossSums {
    double difference, similarity;
};

// Floats of scratch that a tile needs.
int64_t loss_scratch(int32_t channels);

#define AVATRON_SPLAT_LOSS                                                                              \
    void compare_tile(const LossTask& task, int32_t tile_x, int32_t tile_y, float* scratch, LossSums& sums); \
    void to_bytes(const float* values, int64_t count, uint8_t* bytes);

namespace portable {
AVATRON_SPLAT_LOSS
}
namespace avx2 {
AVATRON_SPLAT_LOSS
}
namespace avx512 {
AVATRON_SPLAT_LOSS
}

#undef AVATRON_SPLAT_LOSS

// The sums over the whole picture; the gradient is written.
LossSums compare(const LossTask& task);
void to_bytes(const float* values, int64_t count, uint8_t* bytes);

}  // namespace avatron::splats
