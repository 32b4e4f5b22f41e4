// Which triangles touch which tile of an image.
#pragma once

#include "shade_scene.h"

namespace shade {

struct Window {
    float left = 0.0f, right = 0.0f, top = 0.0f, bottom = 0.0f;
};

struct BinRequest {
    const float* places = nullptr;       // [R, 4] x, y in pixels, third > 0 for points in front
    const int32_t* triangles = nullptr;  // [K, 4]
    const int32_t* chosen = nullptr;     // numbers of the triangles that take part, or null for first .. first + count
    int32_t first = 0;
    int32_t count = 0;
    const Surface* surfaces = nullptr;  // to leave out the backs of closed surfaces; null keeps all
    int32_t width = 0;
    int32_t height = 0;
    int32_t tile = TILE;
    bool only_between_lips = false;  // leave out what lies behind the lips but not within this window
    Window between_lips;
    bool perspective = true;  // leave out triangles that reach behind the camera
};

// Members of a tile are in ascending order, whatever the number of threads.
void bin_triangles(const BinRequest& request, TileBins& bins);

}  // namespace shade
