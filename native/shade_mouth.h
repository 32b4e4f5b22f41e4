// The mouth's inside. Included once per instruction set.
#pragma once

#include "shade_points.h"

namespace SHADE_NAMESPACE {

// Teeth, gums, tongue and the mouth's inside: light falls off behind the lips, green and blue first.
static inline V3 shade_mouth(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    V3 albedo = decoded(sample(surface.colour, points.record[shade::U], points.record[shade::V]));
    F lit = lit_by_key(view, points.place, 0.0012f);
    V3 normal = points.normal;
    F side = select(dot(normal, points.to_eye) < 0.0f, set1(-1.0f), set1(1.0f));
    normal = normal * side;
    const float* r = frame.head_rotation;  // third column: out of the face
    F behind = max((frame.lip_point[0] - points.place.x) * r[2] + (frame.lip_point[1] - points.place.y) * r[5] +
                       (frame.lip_point[2] - points.place.z) * r[8],
                   0.0f);
    F reach = exp(behind * -30.0f);
    // From the side the cheeks shade the back teeth: fall off away from the middle too.
    F across = (points.place.x - frame.lip_point[0]) * r[0] + (points.place.y - frame.lip_point[1]) * r[3] +
               (points.place.z - frame.lip_point[2]) * r[6];
    F corner = saturate((absolute(across) - 0.014f) * (1.0f / 0.016f));
    F light = reach * frame.mouth_light[0] * (1.0f - 0.65f * corner * corner);
    albedo.y *= 0.50f + 0.50f * reach, albedo.z *= 0.45f + 0.55f * reach;
    F wrapped = max((dot(normal, frame.key) + 0.35f) * (1.0f / 1.35f), 0.0f) * (0.25f + 0.75f * lit) * 0.62f;
    F facing = max(dot(normal, points.to_eye), 0.02f);
    V3 around = environment(frame, normal * (2.0f * facing) - points.to_eye, 0.078f);
    F gleam = (0.035f + 0.6f * fifth_power(1.0f - facing)) * 0.9f * surface.parameters[0];
    // Light that has come through lips and cheeks: never black.
    return {0.012f + (albedo.x * (frame.key_colour[0] * wrapped + 0.75f * (frame.gradient[0] + frame.gradient[3])) + around.x * gleam) * light,
            0.003f + (albedo.y * (frame.key_colour[1] * wrapped + 0.75f * (frame.gradient[1] + frame.gradient[4])) + around.y * gleam) * light,
            0.0025f + (albedo.z * (frame.key_colour[2] * wrapped + 0.75f * (frame.gradient[2] + frame.gradient[5])) + around.z * gleam) * light};
}

}  // namespace SHADE_NAMESPACE
