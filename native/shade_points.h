// Sixteen points of a surface that are shaded together, and what every kind of surface does with them.
#pragma once

#include "shade_sampling.h"

namespace SHADE_NAMESPACE {

struct Points {
    V3 place;
    V3 to_eye;
    V3 normal;
    F second_crease;  // strength of the skin's second group of folds
    F lit;  // share of the key light that arrives; of skin, cloth and hair
    F record[shade::RECORD];
};

// Share of the key light that arrives, from the vertices where they are close enough to one another.
SHADE_INLINE F arriving(const View& view, const Points& points, shade::Kind kind) {
    I coarse = points.lit < 0.0f;
    return mask_bits(coarse) == 0 ? points.lit : select(coarse, lit_by_key(view, points.place, points.normal, kind), points.lit);
}

SHADE_INLINE V3 field3(const Points& points, int first) {
    return {points.record[first], points.record[first + 1], points.record[first + 2]};
}

// Surface-gradient bump (Mikkelsen 2010): n' = n - (dh/du grad u + dh/dv grad v).
SHADE_INLINE V3 bumped(V3 normal, V3 gradient_u, F ratio, F slope_u, F slope_v) {
    V3 gradient_v = cross(normal, gradient_u) * ratio;
    return unit(normal - gradient_u * slope_u - gradient_v * slope_v);
}

}  // namespace SHADE_NAMESPACE
