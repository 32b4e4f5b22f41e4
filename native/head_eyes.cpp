#include <algorithm>
#include <cmath>

#include "head.h"

namespace avatron::head {

void close_lids(const LidSeam& seam, Point* shaped, double blink) {
    if (blink < seam.begin) return;
    const int64_t rim = static_cast<int64_t>(seam.upper.size());
    const int64_t count = static_cast<int64_t>(seam.vertices.size());
    const int64_t lower = static_cast<int64_t>(seam.lower.size());
    Floats down(count, 0.0f), forth(count, 0.0f);
    const auto below = [&](int64_t row) -> const Point& { return shaped[seam.lower[row]]; };
    const auto across = [&](int64_t row) { return static_cast<double>(below(row).x); };
    for (int64_t row = 0; row < rim; ++row) {
        const Point& place = shaped[seam.upper[row]];
        const double gap =
            place.y - interpolate(place.x, lower, across, [&](int64_t k) { return static_cast<double>(below(k).y); });
        const double depth =
            place.z - interpolate(place.x, lower, across, [&](int64_t k) { return static_cast<double>(below(k).z); });
        const double most = seam.opening_share * seam.opening[row] * std::max(1 - blink, 0.0);
        const double wanted = std::min(std::max(gap, -seam.overlap), std::max(most, -seam.overlap));
        const double meeting = std::clamp(1 - wanted / seam.meeting, 0.0, 1.0);
        const float fall = static_cast<float>(wanted - gap);
        const float forward = static_cast<float>(std::max(seam.thickness - depth, 0.0) * meeting);
        if (fall == 0.0f && forward == 0.0f) continue;
        const float* follow = seam.follow.data() + row * count;
        for (int64_t k = 0; k < count; ++k) down[k] += follow[k] * fall;
        for (int64_t k = 0; k < count; ++k) forth[k] += follow[k] * forward;
    }
    for (int64_t k = 0; k < count; ++k) {
        Point& place = shaped[seam.vertices[k]];
        place.y += down[k];
        place.z += forth[k];
    }
}

void lift_lids(const LidBall& ball, Point* shaped) {
    for (size_t k = 0; k < ball.vertices.size(); ++k) {
        Point& place = shaped[ball.vertices[k]];
        const float x = place.x - ball.centre.x, y = place.y - ball.centre.y, z = place.z - ball.centre.z;
        const float squared = x * x + y * y + z * z;
        if (squared >= ball.least[k] * ball.least[k]) continue;
        const float grown = ball.least[k] / std::sqrt(squared);
        place = {ball.centre.x + x * grown, ball.centre.y + y * grown, ball.centre.z + z * grown, 0};
    }
}

}  // namespace avatron::head
