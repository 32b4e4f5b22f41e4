// Draws one tile: visibility at four samples a pixel, shading once per surface that a pixel shows, then the soft
// layers (hair, lashes), the tone curve and the background. Included once per instruction set.
#pragma once

#include <memory>

#include "shade_layers.h"
#include "shade_output.h"

namespace SHADE_NAMESPACE {

void draw_tile(const View& view, const TileBins& solid, const TileBins& layers, int32_t tile) {
    // One block of scratch per thread, kept between frames.
    static thread_local std::unique_ptr<Scratch> kept;
    if (kept == nullptr) kept.reset(new Scratch);
    Scratch& scratch = *kept;
    TileArea area;
    area.left = tile % solid.tiles_x * TILE, area.top = tile / solid.tiles_x * TILE;
    area.width = std::min(TILE, view.width - area.left), area.height = std::min(TILE, view.height - area.top);
    std::fill(scratch.cover, scratch.cover + PIXELS, 0.0f);
    bool any_solid = solid.start[tile] != solid.start[tile + 1], any_layers = layers.start[tile] != layers.start[tile + 1];
    if (any_solid || any_layers) {
        std::fill(scratch.nearness[0][0], scratch.nearness[0][0] + MOST_ITEMS, 0.0f);
        std::fill(scratch.seen[0][0], scratch.seen[0][0] + MOST_ITEMS, NOTHING);
        std::fill(scratch.red, scratch.red + PIXELS, 0.0f);
        std::fill(scratch.green, scratch.green + PIXELS, 0.0f);
        std::fill(scratch.blue, scratch.blue + PIXELS, 0.0f);
        if (any_solid) {
            see_triangles(view, solid, tile, area, scratch);
            ItemFinder(view, area, scratch).find();
            shade_items(view, scratch);
        }
        if (any_layers) LayerMixer(view, area, scratch).draw(layers, tile);
    }
    write_pixels(view, area, scratch);
}

}  // namespace SHADE_NAMESPACE
