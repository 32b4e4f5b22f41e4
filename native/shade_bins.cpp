#include "shade_bins.h"

#include <algorithm>
#include <cmath>

#include "shade_parallel.h"

namespace shade {

namespace {

// A fixed number of pieces, so that the order inside a tile does not depend on the threads.
constexpr int32_t PIECES = 16;

Reach reach_of(const BinRequest& request, int32_t number) {
    constexpr Reach NOWHERE{1, 0, 1, 0};
    const int32_t* corners = request.triangles + 4 * static_cast<int64_t>(number);
    const float* a = request.places + 4 * static_cast<int64_t>(corners[0]);
    const float* b = request.places + 4 * static_cast<int64_t>(corners[1]);
    const float* c = request.places + 4 * static_cast<int64_t>(corners[2]);
    if (request.perspective && !(a[2] > 0.0f && b[2] > 0.0f && c[2] > 0.0f)) return NOWHERE;
    float low_x = std::min({a[0], b[0], c[0]}), high_x = std::max({a[0], b[0], c[0]});
    float low_y = std::min({a[1], b[1], c[1]}), high_y = std::max({a[1], b[1], c[1]});
    if (!(high_x > 0.0f && high_y > 0.0f && low_x < static_cast<float>(request.width) &&
          low_y < static_cast<float>(request.height)))
        return NOWHERE;
    if (request.only_between_lips && request.surfaces[corners[3]].behind_lips != 0) {
        const Window& window = request.between_lips;
        if (high_x < window.left || low_x > window.right || high_y < window.top || low_y > window.bottom) return NOWHERE;
    }
    if (request.surfaces != nullptr && request.surfaces[corners[3]].two_sided == 0) {
        // y points down on the image: counter-clockwise fronts have a negative area.
        float area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
        if (area >= 0.0f) return NOWHERE;
    }
    auto tile_of = [&](float value, int32_t length) {
        return static_cast<int16_t>(
            static_cast<int32_t>(std::clamp(value, 0.0f, static_cast<float>(length - 1))) / request.tile);
    };
    return {tile_of(low_x, request.width), tile_of(high_x, request.width), tile_of(low_y, request.height),
            tile_of(high_y, request.height)};
}

}  // namespace

void bin_triangles(const BinRequest& request, TileBins& bins) {
    bins.tiles_x = (request.width + request.tile - 1) / request.tile;
    bins.tiles_y = (request.height + request.tile - 1) / request.tile;
    int32_t tiles = bins.tiles_x * bins.tiles_y;
    std::vector<Reach>& reaches = bins.reaches;
    reaches.resize(static_cast<size_t>(request.count));
    bins.counts.assign(static_cast<size_t>(PIECES) * tiles, 0);
    int32_t piece_length = (request.count + PIECES - 1) / PIECES;
    auto number_of = [&](int32_t at) { return request.chosen != nullptr ? request.chosen[at] : request.first + at; };
    auto for_each_tile = [&](const Reach& reach, auto&& visit) {
        for (int32_t row = reach.top; row <= reach.bottom; ++row)
            for (int32_t column = reach.left; column <= reach.right; ++column) visit(row * bins.tiles_x + column);
    };
    parallel_for(PIECES, [&](int64_t piece) {
        int32_t* counts = bins.counts.data() + piece * tiles;
        int32_t stop = std::min(request.count, static_cast<int32_t>(piece + 1) * piece_length);
        for (int32_t at = static_cast<int32_t>(piece) * piece_length; at < stop; ++at) {
            reaches[at] = reach_of(request, number_of(at));
            for_each_tile(reaches[at], [&](int32_t tile) { ++counts[tile]; });
        }
    });
    bins.start.resize(static_cast<size_t>(tiles) + 1);
    int32_t total = 0;
    for (int32_t tile = 0; tile < tiles; ++tile) {
        bins.start[tile] = total;
        for (int32_t piece = 0; piece < PIECES; ++piece) {
            int32_t& count = bins.counts[static_cast<size_t>(piece) * tiles + tile];
            total += count;
            count = total - count;
        }
    }
    bins.start[tiles] = total;
    bins.members.resize(static_cast<size_t>(total));
    parallel_for(PIECES, [&](int64_t piece) {
        int32_t* next = bins.counts.data() + piece * tiles;
        int32_t stop = std::min(request.count, static_cast<int32_t>(piece + 1) * piece_length);
        for (int32_t at = static_cast<int32_t>(piece) * piece_length; at < stop; ++at)
            for_each_tile(reaches[at], [&](int32_t tile) { bins.members[next[tile]++] = number_of(at); });
    });
}

}  // namespace shade
