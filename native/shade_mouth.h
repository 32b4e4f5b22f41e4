// The mouth's inside. Included once per instruction set.
#pragma once

#include "shade_points.h"

namespace SHADE_NAMESPACE {

constexpr float MOUTH_AMBIENT = 0.85f;
constexpr float LIP_BOW = 0.010f;       // metres that the corners of the mouth lie behind its middle
constexpr float LIPS_PASS = 0.0003f;    // lips in contact leave as much as this half gap
constexpr float WIDE_OPEN = 0.006f;     // half gap from which the cheeks' inside is as bright as it gets

// How much of a slot's light arrives at a point that lies `depth` behind it: the slot's edges are `ahead` above and
// `below` below the point (form factor of an endless strip; Howell, B-3).
SHADE_INLINE F through_slot(F ahead, F below, F depth) {
    F d2 = depth * depth;
    return 0.5f * (ahead * inverse_sqrt(ahead * ahead + d2) + below * inverse_sqrt(below * below + d2));
}

// Teeth, gums, tongue and the mouth's lining. Light falls in between the lips; what is behind them sees less of the
// opening the deeper and the further to the side it lies, and only what red walls hand on.
static inline V3 shade_mouth(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    V3 albedo = decoded(sample(surface.colour, points.record[shade::U], points.record[shade::V]));
    F lit = lit_by_key(view, points.place, points.normal, shade::MOUTH);
    V3 normal = points.normal;
    F side = select(dot(normal, points.to_eye) < 0.0f, set1(-1.0f), set1(1.0f));
    normal = normal * side;
    const float* r = frame.head_rotation;  // columns: to the person's left, up, out of the face
    V3 from = {points.place.x - frame.lip_point[0], points.place.y - frame.lip_point[1], points.place.z - frame.lip_point[2]};
    F across = from.x * r[0] + from.y * r[3] + from.z * r[6], above = from.x * r[1] + from.y * r[4] + from.z * r[7];
    F behind = -(from.x * r[2] + from.y * r[5] + from.z * r[8]);
    float half_width = frame.mouth_opening[1];
    F aside = across * (1.0f / half_width), aside2 = aside * aside;
    F gap = frame.mouth_opening[0] * max(1.0f - aside2, 0.0f) + LIPS_PASS;
    F depth = max(behind - LIP_BOW * min(aside2, 1.5f), 0.0008f);
    // Teeth and tongue pass light on: a power below one stands for it.
    F opening = power(saturate(through_slot(gap - above, gap + above, depth) *
                         through_slot(half_width - across, half_width + across, depth)), set1(0.72f));
    F hollow = points.record[shade::OCCLUSION];
    float ajar = frame.mouth_opening[0] < WIDE_OPEN ? frame.mouth_opening[0] * (1.0f / WIDE_OPEN) : 1.0f;

    F facing_key = dot(normal, frame.key), wrapped = max((facing_key + 0.30f) * (1.0f / 1.30f), 0.0f);
    F direct = wrapped * lit * (0.35f + 0.65f * opening) * (0.4f + 0.6f * hollow) * 0.74f;
    // Everything in here is lit from the front.
    V3 ambient = environment(frame, {set1(r[2]), set1(r[5]), set1(r[8])}, 0.55f);
    // What has passed by the lips is warm.
    ambient.x = ambient.x * set1(1.06f), ambient.y = ambient.y * set1(0.97f), ambient.z = ambient.z * set1(0.84f);
    F around = opening * hollow * (MOUTH_AMBIENT * (0.55f + 0.45f * max(dot(normal, V3{set1(r[2]), set1(r[5]), set1(r[8])}), 0.0f)));
    F handed_on = hollow * (0.3f + 0.7f * opening) * ajar;

    F facing = max(dot(normal, points.to_eye), 0.02f);
    V3 half = unit({points.to_eye.x + frame.key[0], points.to_eye.y + frame.key[1], points.to_eye.z + frame.key[2]});
    F normal_light = max(facing_key, 0.0f);
    F glint = ggx(dot(normal, half), normal_light, facing, set1(surface.parameters[1])) * normal_light * lit * opening;
    F fresnel = 0.04f + 0.6f * fifth_power(1.0f - facing);
    V3 mirrored = environment(frame, normal * (2.0f * facing) - points.to_eye, surface.parameters[1]);
    F gleam = fresnel * opening * hollow * surface.parameters[0];
    glint = glint * (surface.parameters[0] * 0.04f * 3.14159265f);
    return {0.009f + albedo.x * (frame.key_colour[0] * direct + ambient.x * around + 0.62f * handed_on) +
                mirrored.x * gleam + frame.key_colour[0] * glint,
            0.0025f + albedo.y * (frame.key_colour[1] * direct + ambient.y * around + 0.40f * handed_on) +
                mirrored.y * gleam + frame.key_colour[1] * glint,
            0.0020f + albedo.z * (frame.key_colour[2] * direct + ambient.z * around + 0.34f * handed_on) +
                mirrored.z * gleam + frame.key_colour[2] * glint};
}

}  // namespace SHADE_NAMESPACE
