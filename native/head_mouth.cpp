#include <algorithm>
#include <cmath>

#include "head.h"

namespace avatron::head {

namespace {

// Beyond this exponent a neighbour's share is below what a float's sum can show.
constexpr float faintest = -25.0f;

Point carried_back(const Point& place, const JawMotion& jaw) {
    const double x = place.x - jaw.shift[0], y = place.y - jaw.shift[1], z = place.z - jaw.shift[2];
    const double* turn = jaw.rotation;
    return {static_cast<float>(x * turn[0] + y * turn[3] + z * turn[6]),
            static_cast<float>(x * turn[1] + y * turn[4] + z * turn[7]),
            static_cast<float>(x * turn[2] + y * turn[5] + z * turn[8]), 0};
}

Point carried(const Point& place, const JawMotion& jaw) {
    const double* turn = jaw.rotation;
    return {static_cast<float>(turn[0] * place.x + turn[1] * place.y + turn[2] * place.z + jaw.shift[0]),
            static_cast<float>(turn[3] * place.x + turn[4] * place.y + turn[5] * place.z + jaw.shift[1]),
            static_cast<float>(turn[6] * place.x + turn[7] * place.y + turn[8] * place.z + jaw.shift[2]), 0};
}

// How far a lip gives way, from how far it has passed the other and how far it has at rest.
float push_of(const LipSeam& seam, float overlap, float rest, float seal) {
    const float much = overlap - std::max(rest, 0.0f);
    const float trust = std::clamp((seam.most - much) / (seam.most - seam.trusted), 0.0f, 1.0f);
    return 0.5f * std::max(much, 0.0f) * trust - 0.5f * seal * std::clamp(rest - overlap, 0.0f, seam.sealed);
}

// What follows the pushes of the rows `pushed`, along one lip whose first row is `first`.
void spread_pushes(const Floats& spread, const Floats& push, const Rows& pushed, int64_t first, Floats& follow) {
    const int64_t count = static_cast<int64_t>(follow.size());
    for (size_t row = 0; row < push.size(); ++row) {
        if (push[row] == 0.0f) continue;
        const float* shares = spread.data() + static_cast<int64_t>(row) * count;
        for (int64_t k = 0; k < count; ++k) follow[k] += shares[k] * push[row];
    }
    for (size_t row = 0; row < push.size(); ++row) {
        float& own = follow[pushed[row] - first];
        own = std::max(own, push[row]);
    }
}

bool any(const Floats& values) {
    return std::any_of(values.begin(), values.end(), [](float value) { return value != 0.0f; });
}

void part_seam(const LipSeam& seam, std::vector<Point>& places, int64_t upper_count, float seal) {
    const size_t above = seam.upper.size(), below = seam.lower.size();
    bool near = seal != 0.0f;
    for (size_t b = 0; b < below && !near; ++b)
        near = seam.in_middle[b] &&
               places[seam.upper[seam.opposite[b]]].y - places[seam.lower[b]].y <= seam.far_apart;
    if (!near) return;
    Floats upper_sum(above, 0.0f), upper_height(above, 0.0f), lower_sum(below, 0.0f), lower_height(below, 0.0f);
    const float sharpness = -0.5f / (seam.reach * seam.reach);
    for (size_t a = 0; a < above; ++a) {
        const Point upper = places[seam.upper[a]];
        for (size_t b = 0; b < below; ++b) {
            const Point lower = places[seam.lower[b]];
            const float x = upper.x - lower.x, z = upper.z - lower.z;
            const float exponent = sharpness * (x * x + z * z);
            if (exponent < faintest) continue;
            const float share = std::exp(exponent);
            upper_sum[a] += share, upper_height[a] += share * lower.y;
            lower_sum[b] += share, lower_height[b] += share * upper.y;
        }
    }
    constexpr float faint = 1e-3f;
    Floats push_upper(above), push_lower(below);
    for (size_t a = 0; a < above; ++a) {
        const float height = upper_height[a] / (upper_sum[a] + faint);
        const float overlap = (height - places[seam.upper[a]].y) * std::min(upper_sum[a], 1.0f);
        push_upper[a] = push_of(seam, overlap, seam.rest_upper[a], seal);
    }
    for (size_t b = 0; b < below; ++b) {
        const float height = lower_height[b] / (lower_sum[b] + faint);
        const float overlap = (places[seam.lower[b]].y - height) * std::min(lower_sum[b], 1.0f);
        push_lower[b] = push_of(seam, overlap, seam.rest_lower[b], seal);
    }
    if (!any(push_upper) && !any(push_lower)) return;
    Floats follow_upper(upper_count, 0.0f), follow_lower(places.size() - upper_count, 0.0f);
    spread_pushes(seam.spread_upper, push_upper, seam.upper, 0, follow_upper);
    spread_pushes(seam.spread_lower, push_lower, seam.lower, upper_count, follow_lower);
    for (size_t k = 0; k < follow_upper.size(); ++k) places[k].y += follow_upper[k];
    for (size_t k = 0; k < follow_lower.size(); ++k) places[upper_count + k].y -= follow_lower[k];
}

}  // namespace

void Arch::see(const Point& point, float enough, float& clearance, float& distance) const {
    const float forward = point.z - axis_z;
    distance = std::sqrt(point.x * point.x + forward * forward);
    clearance = distance - outermost;
    if (clearance > enough) return;
    const float across = (std::atan2(point.x, forward) + widest_rad) / cell_rad;
    const float column = std::min(std::max(across, 0.0f), static_cast<float>(columns) - 1.001f);
    const float row = std::min(std::max((point.y - lowest) / cell_m, 0.0f), static_cast<float>(rows) - 1.001f);
    const int32_t left = static_cast<int32_t>(column), below = static_cast<int32_t>(row);
    const float right_share = column - static_cast<float>(left), upper_share = row - static_cast<float>(below);
    const float* first = radius.data() + static_cast<int64_t>(below) * columns + left;
    const float lower = first[0] * (1 - right_share) + first[1] * right_share;
    const float upper = first[columns] * (1 - right_share) + first[columns + 1] * right_share;
    clearance = distance - (lower + (upper - lower) * upper_share);
}

bool Arch::lift(Point& point, float least) const {
    float clearance, distance;
    see(point, least, clearance, distance);
    if (clearance >= least) return false;
    const float grown = 1 + (least - clearance) / std::max(distance, 1e-3f);
    point.x *= grown;
    point.z = axis_z + (point.z - axis_z) * grown;
    return true;
}

void part_lips(const Lips& lips, Point* shaped, const JawMotion& jaw, float seal) {
    const int64_t count = static_cast<int64_t>(lips.vertices.size());
    std::vector<Point> places(count);
    for (int64_t row = 0; row < count; ++row) places[row] = shaped[lips.vertices[row]];
    part_seam(lips.seam, places, lips.upper_count, seal);
    for (int64_t row = 0; row < count; ++row) lips.arches[0].lift(places[row], lips.least[0][row]);
    for (int64_t row = lips.upper_count; row < count; ++row) {
        Point back = carried_back(places[row], jaw);
        if (lips.arches[1].lift(back, lips.least[1][row - lips.upper_count])) places[row] = carried(back, jaw);
    }
    for (int64_t row = 0; row < count; ++row) shaped[lips.vertices[row]] = places[row];
}

}  // namespace avatron::head
