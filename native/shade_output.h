// Light to bytes: the tone curve, and the background. Included once per instruction set.
#pragma once

#include "shade_visibility.h"

namespace SHADE_NAMESPACE {

// Scene light to display values 0 .. 1: slight crosstalk so that highlights roll to white, a sigmoid of the logarithm
// over 13.5 stops, saturation given back.
SHADE_INLINE V3 toned(V3 light, float exposure) {
    light = light * set1(exposure);
    V3 mixed = {light.x * 0.90f + light.y * 0.07f + light.z * 0.03f, light.x * 0.04f + light.y * 0.92f + light.z * 0.04f,
                light.x * 0.03f + light.y * 0.07f + light.z * 0.90f};
    constexpr float STOPS = 13.5f, BELOW = 8.5f, SLOPE = 7.2f, MIDDLE = BELOW / STOPS;
    constexpr float AT_BLACK = 0.01063058f, AT_WHITE = 0.93503083f;  // of the sigmoid about MIDDLE
    F* channels[3] = {&mixed.x, &mixed.y, &mixed.z};
    for (F* value : channels) {
        F stops = saturate((log2(max(*value, 1e-6f) * (1.0f / 0.18f)) + BELOW) * (1.0f / STOPS));
        F sigmoid = inverse(1.0f + exp((stops - MIDDLE * 1.03f) * -SLOPE));
        *value = (sigmoid - AT_BLACK) * (1.0f / (AT_WHITE - AT_BLACK));
    }
    F grey = mixed.x * 0.2126f + mixed.y * 0.7152f + mixed.z * 0.0722f;
    for (F* value : channels) {
        // The power 1.06 as a polynomial of the root: within 0.0007.
        F root = sqrt(saturate(grey + (*value - grey) * 1.16f));
        *value = root * (-0.0223627f + root * (0.9108336f + root * 0.1121582f));
    }
    return mixed;
}

static void write_pixels(const View& view, const TileArea& area, const Scratch& scratch) {
    int bytes = view.background != nullptr ? 3 : 4;
    for (int y = 0; y < area.height; ++y) {
        int64_t line = static_cast<int64_t>(area.top + y) * view.width + area.left;
        uint8_t* out = view.image + line * bytes;
        const uint8_t* behind = view.background != nullptr ? view.background + line * 3 : nullptr;
        for (int x = 0; x < area.width; x += LANES) {
            int place = y * TILE + x, lanes = std::min(LANES, area.width - x);
            F cover = min(load(scratch.cover + place), 1.0f);
            if (mask_bits(cover > 0.0f) == 0) {
                if (behind != nullptr && lanes == LANES) std::memcpy(out + x * 3, behind + x * 3, LANES * 3);
                else if (behind != nullptr) std::memcpy(out + x * 3, behind + x * 3, static_cast<size_t>(lanes) * 3);
                else std::memset(out + x * 4, 0, static_cast<size_t>(lanes) * 4);
                continue;
            }
            F per_cover = inverse(max(cover, 1e-4f));
            V3 colour = toned(V3{load(scratch.red + place), load(scratch.green + place), load(scratch.blue + place)} * per_cover,
                              view.frame->exposure[0]);
            alignas(64) float red[LANES], green[LANES], blue[LANES], alpha[LANES];
            store(red, colour.x * 255.0f), store(green, colour.y * 255.0f), store(blue, colour.z * 255.0f);
            store(alpha, cover);
            if (behind != nullptr && lanes == LANES && mask_bits(cover < 1.0f) == 0) {
                // Four bytes a store, of which the next one covers the last.
                alignas(64) int32_t packed[LANES];
                store(packed, truncate(colour.x * 255.0f + 0.5f) | (truncate(colour.y * 255.0f + 0.5f) << 8) |
                                  (truncate(colour.z * 255.0f + 0.5f) << 16));
                for (int lane = 0; lane < LANES - 1; ++lane) std::memcpy(out + (x + lane) * 3, packed + lane, 4);
                std::memcpy(out + (x + LANES - 1) * 3, packed + LANES - 1, 3);
            } else if (behind != nullptr) {
                for (int lane = 0; lane < lanes; ++lane) {
                    const uint8_t* below = behind + (x + lane) * 3;
                    uint8_t* target = out + (x + lane) * 3;
                    float a = alpha[lane], rest = 1.0f - a;
                    target[0] = static_cast<uint8_t>(red[lane] * a + below[0] * rest + 0.5f);
                    target[1] = static_cast<uint8_t>(green[lane] * a + below[1] * rest + 0.5f);
                    target[2] = static_cast<uint8_t>(blue[lane] * a + below[2] * rest + 0.5f);
                }
            } else {
                for (int lane = 0; lane < lanes; ++lane) {
                    uint8_t* target = out + (x + lane) * 4;
                    bool shown = alpha[lane] > 0.5f / 255.0f;
                    target[0] = shown ? static_cast<uint8_t>(red[lane] + 0.5f) : 0;
                    target[1] = shown ? static_cast<uint8_t>(green[lane] + 0.5f) : 0;
                    target[2] = shown ? static_cast<uint8_t>(blue[lane] + 0.5f) : 0;
                    target[3] = static_cast<uint8_t>(alpha[lane] * 255.0f + 0.5f);
                }
            }
        }
    }
}

}  // namespace SHADE_NAMESPACE
