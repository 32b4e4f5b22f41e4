// One function per kind of surface: sixteen surface points in, linear light out. Included once per instruction set.
//
// The look follows what portraits need most, in that order: occluded environment light, the key light's shadow, a
// rim light, wet and shaded eyes, then subsurface scattering and relief.
#pragma once

#include "shade_sampling.h"

namespace SHADE_NAMESPACE {

struct Points {
    V3 place;
    V3 to_eye;
    V3 normal;
    F record[shade::RECORD];
};

SHADE_INLINE V3 field3(const Points& points, int first) {
    return {points.record[first], points.record[first + 1], points.record[first + 2]};
}

// Surface-gradient bump (Mikkelsen 2010): n' = n - (dh/du grad u + dh/dv grad v).
SHADE_INLINE V3 bumped(V3 normal, V3 gradient_u, F ratio, F slope_u, F slope_v) {
    V3 gradient_v = cross(normal, gradient_u) * ratio;
    return unit(normal - gradient_u * slope_u - gradient_v * slope_v);
}

static inline V3 shade_skin(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    F u = points.record[shade::U], v = points.record[shade::V];
    V3 albedo = decoded(sample(surface.colour, u, v));
    Rgba detail = sample(surface.detail, u, v);
    F lip = detail.a, sheen = detail.b;
    F slope_u = derivative(detail.r) * surface.parameters[0], slope_v = derivative(detail.g) * surface.parameters[0];
    if (surface.extra.texels != nullptr) {
        float repeats = surface.parameters[1], scale = surface.parameters[2] * repeats;
        Rgba pores = sample_tiled(surface.extra, u * repeats, v * repeats);
        slope_u += derivative(pores.r) * scale * (1.0f - lip);
        slope_v += derivative(pores.g) * scale * (1.0f - lip);
    }
    V3 geometric = points.normal;
    V3 normal = bumped(geometric, rotate(frame.head_rotation, field3(points, shade::TANGENT)),
                       points.record[shade::TANGENT_RATIO], slope_u, slope_v);
    F lit = lit_by_key(view, points.place, 0.0015f);
    F open = points.record[shade::OCCLUSION], rim_open = points.record[shade::RIM];
    V3 ambient = field3(points, shade::IRRADIANCE);

    // Pre-integrated scattering (Penner 2011): a row of the table per curvature; red sees a softer normal.
    F geometric_key = dot(geometric, frame.key), key = dot(normal, frame.key);
    I row = truncate(clamp(points.record[shade::CURVATURE] *
                               ((shade::LUT_CURVATURES - 1) / shade::LUT_CURVATURE_MAX) + 0.5f,
                           0.0f, shade::LUT_CURVATURES - 1.0f)) *
            (shade::LUT_COSINES * 3);
    // Penumbra to the power .55 / .95 / 1.1: light that has wandered under the skin is red.
    F log_lit = log2(max(lit, 1e-4f));
    F rim_light = max((dot(geometric, frame.rim) + 0.15f) * (1.0f / 1.15f), 0.0f) * rim_open;
    F* albedo_channels[3] = {&albedo.x, &albedo.y, &albedo.z};
    F* ambient_channels[3] = {&ambient.x, &ambient.y, &ambient.z};
    static constexpr float SOFTNESS[3] = {0.75f, 0.45f, 0.30f};
    static constexpr float PENUMBRA[3] = {0.55f, 0.95f, 1.10f};
    V3 light;
    F* light_channels[3] = {&light.x, &light.y, &light.z};
    for (int c = 0; c < 3; ++c) {
        F cosine = clamp((mix(key, geometric_key, set1(SOFTNESS[c])) * 0.5f + 0.5f) * (shade::LUT_COSINES - 1), 0.0f,
                         shade::LUT_COSINES - 1.01f);
        I column = truncate(cosine);
        I index = row + column * 3 + c;
        F near = gather(view.skin_table, index), far = gather(view.skin_table, index + 3);
        F diffuse = mix(near, far, cosine - to_float(column)) * exp2(log_lit * PENUMBRA[c]);
        F a = *albedo_channels[c];
        F bounce = 1.0f + (1.0f - open) * a * 0.55f;
        *light_channels[c] = a * (diffuse * frame.key_colour[c] + rim_light * frame.rim_colour[c] +
                                  *ambient_channels[c] * bounce);
    }

    // Two GGX lobes: oil over the skin's own roughness.
    F facing = max(dot(normal, points.to_eye), 0.02f);
    F wet = 1.0f - 0.25f * lip;
    float roughness = surface.parameters[3];
    float broad = roughness * roughness, narrow = broad * 0.36f;
    for (int which = 0; which < 2; ++which) {
        const float* direction = which == 0 ? frame.key : frame.rim;
        const float* colour = which == 0 ? frame.key_colour : frame.rim_colour;
        V3 half = unit({points.to_eye.x + direction[0], points.to_eye.y + direction[1], points.to_eye.z + direction[2]});
        F normal_light = max(dot(normal, direction), 0.0f), normal_half = dot(normal, half);
        F fresnel = 0.028f + 0.972f * fifth_power(1.0f - saturate(dot(points.to_eye, half)));
        F lobes = 0.82f * ggx(normal_half, normal_light, facing, broad) +
                  0.18f * ggx(normal_half, normal_light, facing, narrow);
        F strength = lobes * fresnel * normal_light * sheen * (which == 0 ? lit : rim_open) * wet * (3.14159265f * 0.7f);
        light.x += strength * colour[0], light.y += strength * colour[1], light.z += strength * colour[2];
    }
    V3 mirrored = normal * (2.0f * facing) - points.to_eye;
    V3 around = environment(frame, mirrored, roughness);
    // Specular occlusion (Lagarde 2014) from the ambient one.
    F horizon = saturate(power(facing + open, set1(1.3f)) - 1.0f + open) * sheen;
    F strength = (0.024f + 0.3f * fifth_power(1.0f - facing)) * horizon * (1.0f + 0.3f * lip);
    return light + around * strength;
}

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

    F lit = lit_by_key(view, points.place, 0.0012f);
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
    F wrapped = max((dot(geometric, frame.key) + 0.45f) * (1.0f / 1.45f), 0.0f);
    // The far side of the concave iris catches the light (caustic).
    F bowl = max(on_ball.x * local_key.x * 0.3f + 0.9f * local_key.z - (iris_x * local_key.x + iris_y * local_key.y) * 0.9f,
                 0.0f) * 0.7f + 0.25f;
    F limbus = 1.0f - 0.75f * saturate((ring - 0.78f) * (1.0f / 0.24f)) * saturate((ring - 0.78f) * (1.0f / 0.24f));
    V3 ambient = environment(frame, geometric, 1.0f);
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
    V3 around = environment(frame, mirrored, 0.12f);
    F ahead = dot(mirrored, frame.key);
    F across = absolute(dot(mirrored, frame.window_right)), up = absolute(dot(mirrored, frame.window_up));
    F inverse_ahead = inverse(max(ahead, 1e-3f));
    F window = saturate((frame.window[0] - across * inverse_ahead) * 18.0f) *
               saturate((frame.window[1] - up * inverse_ahead) * 18.0f) * frame.window[2];
    window = select(ahead > 0.0f, window, set1(0.0f)) * saturate(open * 1.6f - 0.2f);
    // Tear line: wet edge of the lower lid.
    F wet = saturate((covered - 0.30f) * 9.0f) * saturate((from_below - from_above) * 2.2f) * 0.10f;
    result.x += (around.x * open + window * frame.key_colour[0]) * fresnel + around.x * wet;
    result.y += (around.y * open + window * frame.key_colour[1]) * fresnel + around.y * wet;
    result.z += (around.z * open + window * frame.key_colour[2]) * fresnel + around.z * wet;
    return result;
}

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
    V3 around = environment(frame, normal * (2.0f * facing) - points.to_eye, 0.28f);
    F gleam = (0.035f + 0.6f * fifth_power(1.0f - facing)) * 0.9f * surface.parameters[0];
    // Light that has come through lips and cheeks: never black.
    return {0.012f + (albedo.x * (frame.key_colour[0] * wrapped + 0.75f * (frame.gradient[0] + frame.gradient[3])) + around.x * gleam) * light,
            0.003f + (albedo.y * (frame.key_colour[1] * wrapped + 0.75f * (frame.gradient[1] + frame.gradient[4])) + around.y * gleam) * light,
            0.0025f + (albedo.z * (frame.key_colour[2] * wrapped + 0.75f * (frame.gradient[2] + frame.gradient[5])) + around.z * gleam) * light};
}

static inline V3 shade_cloth(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    F u = points.record[shade::U], v = points.record[shade::V];
    V3 albedo = decoded(sample_tiled(surface.colour, u, v));
    V3 normal = points.normal;
    normal = normal * select(dot(normal, points.to_eye) < 0.0f, set1(-1.0f), set1(1.0f));
    if (surface.detail.texels != nullptr) {
        Rgba relief = sample_tiled(surface.detail, u, v);
        normal = bumped(normal, field3(points, shade::TANGENT), points.record[shade::TANGENT_RATIO],
                        derivative(relief.r) * surface.parameters[0], derivative(relief.g) * surface.parameters[0]);
    }
    F lit = lit_by_key(view, points.place, 0.0035f);
    F key = max((dot(normal, frame.key) + 0.12f) * (1.0f / 1.12f), 0.0f) * lit;
    F rim = max((dot(normal, frame.rim) + 0.10f) * (1.0f / 1.10f), 0.0f) * points.record[shade::RIM];
    F edge = 1.0f - max(dot(normal, points.to_eye), 0.05f);
    F fuzz = edge * edge * edge * surface.parameters[1];
    V3 ambient = field3(points, shade::IRRADIANCE);
    return {(albedo.x + fuzz * (albedo.x * 0.6f + 0.05f)) * (frame.key_colour[0] * key + frame.rim_colour[0] * rim + ambient.x),
            (albedo.y + fuzz * (albedo.y * 0.6f + 0.05f)) * (frame.key_colour[1] * key + frame.rim_colour[1] * rim + ambient.y),
            (albedo.z + fuzz * (albedo.z * 0.6f + 0.05f)) * (frame.key_colour[2] * key + frame.rim_colour[2] * rim + ambient.z)};
}

// Strands after Kajiya and Kay 1989, with the two shifted highlights of Marschner et al. 2003 as Gaussians of the
// longitudinal angle: a white one towards the root, a coloured one towards the tip.
static inline V3 shade_hair(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    F u = points.record[shade::U], v = points.record[shade::V];
    V3 colour = decoded(sample(surface.colour, u, v));
    F strand = sample(surface.detail, u, v).r;
    V3 normal = points.normal;
    normal = normal * select(dot(normal, points.to_eye) < 0.0f, set1(-1.0f), set1(1.0f));
    V3 tangent = unit(field3(points, shade::TANGENT));
    F lit = lit_by_key(view, points.place, 0.006f);
    V3 ambient = field3(points, shade::IRRADIANCE);
    V3 light = {colour.x * ambient.x * 0.9f, colour.y * ambient.y * 0.9f, colour.z * ambient.z * 0.9f};
    F along_view = clamp(dot(tangent, points.to_eye), -1.0f, 1.0f), view_angle = arcsine(along_view);
    F wander = (strand - 0.5f) * 0.25f, glint = 0.25f + 1.5f * strand;
    for (int which = 0; which < 2; ++which) {
        const float* direction = which == 0 ? frame.key : frame.rim;
        const float* light_colour = which == 0 ? frame.key_colour : frame.rim_colour;
        F arrives = which == 0 ? lit : points.record[shade::RIM];
        F along = clamp(dot(tangent, direction), -1.0f, 1.0f), facing = dot(normal, direction);
        F body = (0.45f * sqrt(max(1.0f - along * along, 0.0f)) + 0.55f * max((facing + 0.25f) * 0.8f, 0.0f)) *
                 saturate(facing * 2.0f + 0.6f) * arrives;
        F angle = arcsine(along) + view_angle;
        F white = (angle - 0.10f - wander) * (1.0f / 0.16f), tinted = (angle + 0.12f - wander) * (1.0f / 0.30f);
        F reaches = saturate(facing * 1.5f + 0.35f) * arrives * glint;
        F first = exp(-(white * white)) * reaches * (surface.parameters[0] * 0.055f);
        F second = exp(-(tinted * tinted)) * reaches * (surface.parameters[1] * 1.1f) + body;
        light.x += light_colour[0] * (colour.x * second + first);
        light.y += light_colour[1] * (colour.y * second + first);
        light.z += light_colour[2] * (colour.z * second + first);
    }
    return light;
}

// One colour, for meshes without an appearance.
static inline V3 shade_plain(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    V3 normal = points.normal;
    normal = normal * select(dot(normal, points.to_eye) < 0.0f, set1(-1.0f), set1(1.0f));
    F key = max((dot(normal, frame.key) + 0.2f) * (1.0f / 1.2f), 0.0f);
    F rim = max(dot(normal, frame.rim), 0.0f);
    V3 ambient = environment(frame, normal, 1.4f);
    const float* colour = surface.parameters;
    return {colour[0] * (frame.key_colour[0] * key + frame.rim_colour[0] * rim + ambient.x * 0.5f),
            colour[1] * (frame.key_colour[1] * key + frame.rim_colour[1] * rim + ambient.y * 0.5f),
            colour[2] * (frame.key_colour[2] * key + frame.rim_colour[2] * rim + ambient.z * 0.5f)};
}

}  // namespace SHADE_NAMESPACE
