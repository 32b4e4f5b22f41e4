// Eyes: white, iris, cornea, tear line. Included once per instruction set.
#pragma once

#include "shade_points.h"

namespace SHADE_NAMESPACE {

SHADE_INLINE F sample_lid_map(const float* map, F x, F y) {
    x = clamp(x, 0.0f, shade::LID_MAP - 1.001f), y = clamp(y, 0.0f, shade::LID_MAP - 1.001f);
    I column = truncate(x), row = truncate(y), index = row * shade::LID_MAP + column;
    F fx = x - to_float(column), fy = y - to_float(row);
    return mix(mix(gather(map, index), gather(map, index + 1), fx),
               mix(gather(map, index + shade::LID_MAP), gather(map, index + shade::LID_MAP + 1), fx), fy);
}

// An eyeball: white, iris behind a refracting cornea, the lids' contact shadow, a window in the cornea, the tear line.
static inline V3 shade_eye(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    int side = static_cast<int>(surface.parameters[0]);
    float iris_radius = surface.parameters[1], radius = frame.eye_radius[0];
    const float* centre = frame.eye_centres + side * 3;
    const float* world_from_eye = frame.eye_rotations + side * 9;
    auto to_local = [&](V3 a) -> V3 {
        return {a.x * world_from_eye[0] + a.y * world_from_eye[3] + a.z * world_from_eye[6],
                a.x * world_from_eye[1] + a.y * world_from_eye[4] + a.z * world_from_eye[7],
                a.x * world_from_eye[2] + a.y * world_from_eye[5] + a.z * world_from_eye[8]};
    };
    V3 offset = {points.place.x - centre[0], points.place.y - centre[1], points.place.z - centre[2]};
    V3 geometric = unit(offset);
    V3 on_ball = unit(to_local(offset));
    F x = on_ball.x * radius, y = on_ball.y * radius, r = sqrt(x * x + y * y);
    V3 local_view = to_local(points.to_eye);
    V3 local_key = to_local({set1(frame.key[0]), set1(frame.key[1]), set1(frame.key[2])});

    F lit = lit_by_key(view, points.place, points.normal, shade::EYE);
    // Where the lids are: head frame, so the map does not turn with the gaze.
    const float* rotation = frame.head_rotation;
    float scale = shade::LID_MAP * 0.5f / frame.lid_extent[0];
    F head_x = offset.x * rotation[0] + offset.y * rotation[3] + offset.z * rotation[6];
    F head_y = offset.x * rotation[1] + offset.y * rotation[4] + offset.z * rotation[7];
    F map_x = head_x * scale + (shade::LID_MAP * 0.5f - 0.5f), map_y = head_y * scale + (shade::LID_MAP * 0.5f - 0.5f);
    const float* lids = view.lid_maps + side * shade::LID_MAP * shade::LID_MAP;
    F covered = sample_lid_map(lids, map_x, map_y);
    F from_above = sample_lid_map(lids, map_x, map_y + 0.0016f * scale);
    F from_below = sample_lid_map(lids, map_x, map_y - 0.0010f * scale);
    F lid_shade = saturate(from_above * 0.72f + covered * 0.30f);
    F open = 1.0f - 0.86f * smooth(saturate(lid_shade * 1.15f));

    F blend = 1.0f - saturate((r - iris_radius * 0.93f) * (1.0f / (iris_radius * 0.14f)));
    F in_iris = smooth(blend);
    // Parallax: the iris lies behind the cornea.
    F depth = max(0.0024f * (1.0f - r * r * (1.0f / (iris_radius * iris_radius))), 0.0f) * 0.7f;
    F slide = depth * inverse(max(local_view.z, 0.3f));
    F iris_x = (x - local_view.x * slide) * (1.0f / iris_radius), iris_y = (y - local_view.y * slide) * (1.0f / iris_radius);
    F ring = sqrt(iris_x * iris_x + iris_y * iris_y);
    V3 iris = decoded(sample(surface.detail, 0.5f + 0.49f * iris_x, 0.5f + 0.49f * iris_y));
    V3 white = decoded(sample(surface.colour, 0.5f + 0.5f * x * (1.0f / radius), 0.5f + 0.5f * y * (1.0f / radius)));
    // The white lies in the sockets' shade towards its corners, and is pinker there, most of all at the nose.
    F outwards = head_x * (side == 0 ? 1.0f : -1.0f);
    F nasal = smooth(saturate((-outwards - 0.0050f) * (1.0f / 0.0065f))), temporal = smooth(saturate((outwards - 0.0055f) * (1.0f / 0.0075f)));
    F corner = 1.0f - 0.34f * nasal - 0.40f * temporal, blush = 0.25f * nasal + 0.10f * temporal;
    white.x *= corner * 1.03f, white.y *= corner * (0.975f - blush), white.z *= corner * (0.915f - 1.1f * blush);
    F wrapped = max((dot(geometric, frame.key) + 0.45f) * (1.0f / 1.45f), 0.0f);
    // The far side of the concave iris catches the light (caustic).
    F bowl = max(on_ball.x * local_key.x * 0.3f + 0.9f * local_key.z - (iris_x * local_key.x + iris_y * local_key.y) * 0.9f,
                 0.0f) * 0.7f + 0.25f;
    F limbus = 1.0f - 0.75f * saturate((ring - 0.78f) * (1.0f / 0.24f)) * saturate((ring - 0.78f) * (1.0f / 0.24f));
    V3 ambient = environment(frame, geometric, 0.5f);
    // A diffuse surface sees the mean of the boxes, far less than their peaks.
    ambient = ambient * set1(0.62f);
    V3 result;
    F* out[3] = {&result.x, &result.y, &result.z};
    F* iris_channels[3] = {&iris.x, &iris.y, &iris.z};
    F* white_channels[3] = {&white.x, &white.y, &white.z};
    F* ambient_channels[3] = {&ambient.x, &ambient.y, &ambient.z};
    for (int c = 0; c < 3; ++c) {
        // Shade under the lid is warm: light that comes through them is.
        F shade_here = mix(set1(c == 0 ? 0.20f : 0.13f), set1(1.0f), open);
        F ball = *white_channels[c] * (frame.key_colour[c] * wrapped * (lit * 0.8f + 0.1f) * 0.8f + *ambient_channels[c]);
        F disc = *iris_channels[c] * limbus * (frame.key_colour[c] * bowl * (lit * 0.75f + 0.15f) + *ambient_channels[c]);
        *out[c] = mix(ball, disc, in_iris) * shade_here;
    }
    // The cornea bulges out of the ball.
    F bulge = smooth(saturate((iris_radius * 1.2f - r) * (1.0f / (iris_radius * 0.35f))));
    float extra_curvature = 1.0f / 0.0082f - 1.0f / radius;
    V3 local_normal = unit({on_ball.x + x * extra_curvature * bulge, on_ball.y + y * extra_curvature * bulge, on_ball.z});
    V3 normal = rotate(world_from_eye, local_normal);
    F facing = max(dot(normal, points.to_eye), 0.02f);
    F fresnel = 0.022f + 0.978f * fifth_power(1.0f - facing);
    V3 mirrored = normal * (2.0f * facing) - points.to_eye;
    V3 around = environment(frame, mirrored, 0.0144f);
    F ahead = dot(mirrored, frame.key);
    F across = absolute(dot(mirrored, frame.window_right)), up = absolute(dot(mirrored, frame.window_up));
    F inverse_ahead = inverse(max(ahead, 1e-3f));
    F window = saturate((frame.window[0] - across * inverse_ahead) * 18.0f) *
               saturate((frame.window[1] - up * inverse_ahead) * 18.0f) * frame.window[2];
    window = select(ahead > 0.0f, window, set1(0.0f)) * saturate(open * 1.6f - 0.2f);
    // The fill card opposite: a second, faint light in the eye.
    F card = exp((dot(mirrored, frame.fill) - 1.0f) * 90.0f) * (frame.window[2] * 0.35f) * open;
    window += card;
    // Tear line: wet edge of the lower lid.
    F wet = saturate((covered - 0.30f) * 9.0f) * saturate((from_below - from_above) * 2.2f) * 0.20f;
    result.x += (around.x * open + window * frame.key_colour[0]) * fresnel + around.x * wet;
    result.y += (around.y * open + window * frame.key_colour[1]) * fresnel + around.y * wet;
    result.z += (around.z * open + window * frame.key_colour[2]) * fresnel + around.z * wet;
    return result;
}

}  // namespace SHADE_NAMESPACE
