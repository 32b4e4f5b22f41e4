// How much of the key light arrives at the vertices. Included once per instruction set.
#pragma once

#include <algorithm>

#include "shade_sampling.h"

namespace SHADE_NAMESPACE {

// The penumbra is several times as wide as the triangles of skin, hair and cloth, so what arrives is worked out at
// their vertices: a tenth of the points that a picture has.
void light_vertices(const shade::KeyRequest& request, int32_t first, int32_t stop) {
    alignas(64) float biases[LANES], leaning[LANES], shares[LANES];
    const float *places[LANES], *normals[LANES];
    for (int32_t at = first; at < stop; at += LANES) {
        for (int lane = 0; lane < LANES; ++lane) {
            const shade::KeyVertex& chosen = request.chosen[std::min(at + lane, stop - 1)];
            places[lane] = request.places + 4 * static_cast<int64_t>(chosen.vertex);
            normals[lane] = request.view->records + shade::RECORD * static_cast<int64_t>(chosen.vertex) + shade::NORMAL;
            biases[lane] = chosen.bias_m, leaning[lane] = chosen.leaning;
        }
        F place[4], normal[4];
        load_rows(places, place), load_rows(normals, normal);
        Receiver receiver = {place[0], place[1], place[2] + load(biases), set1(0.0f), set1(0.0f)};
        lean(*request.view, V3{normal[0], normal[1], normal[2]}, receiver);
        receiver.right *= load(leaning), receiver.up *= load(leaning);
        store(shares, lit_by_key(*request.view, receiver));
        for (int lane = 0; lane < LANES && at + lane < stop; ++lane)
            request.lit[request.chosen[at + lane].vertex] = shares[lane];
    }
}

}  // namespace SHADE_NAMESPACE
