#include <algorithm>
#include <cmath>

#include "head.h"

namespace avatron::head {

namespace {

using Place = std::array<double, 3>;

// A point as the jaw sees it.
Place behind_jaw(const Place& place, const JawMotion& jaw) {
    Place result{};
    for (int axis = 0; axis < 3; ++axis)
        for (int inner = 0; inner < 3; ++inner)
            result[axis] += (place[inner] - jaw.shift[inner]) * jaw.rotation[3 * inner + axis];
    return result;
}

std::vector<Place> rim_behind_jaw(const Rows& rim, const Point* shaped, const JawMotion& jaw) {
    std::vector<Place> places;
    places.reserve(rim.size());
    for (const int32_t vertex : rim) {
        const Point& place = shaped[vertex];
        places.push_back(behind_jaw({place.x, place.y, place.z}, jaw));
    }
    return places;
}

double height_at(const std::vector<Place>& rim, double across) {
    return interpolate(across, static_cast<int64_t>(rim.size()), [&](int64_t row) { return rim[row][0]; },
                       [&](int64_t row) { return rim[row][1]; });
}

double foremost(const std::vector<Place>& rim) {
    double most = rim.front()[2];
    for (const Place& place : rim) most = std::max(most, place[2]);
    return most;
}

struct Ahead {
    int32_t vertex;
    double x, y, z, radius;
};

}  // namespace

void hold_tongue(const Tongue& tongue, Point* shaped, const JawMotion& jaw) {
    std::vector<Ahead> ahead;
    for (const int32_t vertex : tongue.vertices) {
        const Point& place = shaped[vertex];
        const double forward = place.z - tongue.axis_z, radius = std::hypot(place.x, forward);
        if (radius > tongue.gate - tongue.approach && forward > 0)
            ahead.push_back({vertex, place.x, place.y, place.z, radius});
    }
    if (ahead.empty()) return;
    const auto roof = rim_behind_jaw(tongue.upper_lip, shaped, jaw);
    const auto floor = rim_behind_jaw(tongue.lower_lip, shaped, jaw);
    const Place teeth = behind_jaw(tongue.upper_edge, jaw);
    const Place& own = tongue.lower_edge;
    const double room =
        std::min(teeth[1] - own[1], height_at(roof, 0) - height_at(floor, 0)) - 2 * tongue.film;
    const double free = std::clamp(room / tongue.room, 0.0, 1.0);
    const double half_width = tongue.mouth_share * 0.5 * (roof.back()[0] - roof.front()[0]);
    const double lip_z = 0.5 * (foremost(roof) + foremost(floor)), teeth_z = std::max(teeth[2], own[2]);
    double widest = 1e-6;
    for (Ahead& place : ahead) {
        const double radius = place.radius;
        const double held = std::min(radius, tongue.gate + (radius - tongue.gate) * free) / radius;
        place.x *= held;
        place.z = tongue.axis_z + (place.z - tongue.axis_z) * held;
        place.radius *= held;
        widest = std::max(widest, std::abs(place.x));
    }
    const double narrowed = 1 - std::min(1.0, half_width / widest);
    for (const Ahead& place : ahead) {
        const double at_lips = std::clamp((place.z - teeth_z) / std::max(lip_z - teeth_z, 1e-4), 0.0, 1.0);
        const double x = place.x * (1 - at_lips * narrowed);
        const double outside = tongue.lip_rounding * std::max(place.z - lip_z - tongue.lip_top, 0.0);
        const double highest = teeth[1] + at_lips * (height_at(roof, x) - teeth[1]) + outside - tongue.film;
        const double lowest = own[1] + at_lips * (height_at(floor, x) - own[1]) - outside + tongue.film;
        const double bent =
            std::min(std::max(place.y, std::min(lowest, highest)), std::max(lowest, highest));
        // Shut teeth do not bend what stays behind them.
        const double entered =
            std::clamp((place.radius - tongue.gate + tongue.approach) / tongue.approach, 0.0, 1.0) * free;
        const double y = place.y + entered * entered * (3 - 2 * entered) * (bent - place.y);
        shaped[place.vertex] = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(place.z), 0};
    }
}

}  // namespace avatron::head
