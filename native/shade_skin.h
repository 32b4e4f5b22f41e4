// Skin: scattered light, relief, oil. Included once per instruction set.
#pragma once

#include "shade_points.h"

namespace SHADE_NAMESPACE {

constexpr float ROUGHEST = 1.34f, OIL_SMOOTHS = 0.40f;  // roughness of dry skin and what full sheen takes off, of `gloss`
constexpr float LIP_ROUGHNESS = 0.36f;
constexpr float NARROW = 0.36f;                            // alpha of the oil's lobe, of the broad one's
constexpr float OIL_SHARE = 0.18f, LIP_OIL_SHARE = 0.45f;  // of the narrow lobe
constexpr float RIM_SOURCE = 0.16f;
constexpr float BOUNCE_LEAST = 0.25f, BOUNCE = 0.85f;  // of the light that a hollow keeps back, handed on by its walls
constexpr float DIRECT_SHEEN = 0.85f;
constexpr float DEEP_VEIL = 0.6f;
constexpr float VELLUS = 0.05f;

static inline V3 shade_skin(const View& view, const Surface& surface, const Points& points) {
    const Frame& frame = *view.frame;
    F u = points.record[shade::U], v = points.record[shade::V];
    Rgba base = sample(surface.colour, u, v);
    V3 albedo = decoded(base);
    Rgba detail = sample(surface.detail, u, v);
    F lip = detail.a, sheen = detail.b;
    F slope_u = derivative(detail.r) * surface.parameters[0], slope_v = derivative(detail.g) * surface.parameters[0];
    if (surface.extra.texels != nullptr) {
        float repeats = surface.parameters[1], scale = surface.parameters[2] * repeats;
        Rgba pores = sample_tiled(surface.extra, u * repeats, v * repeats);
        slope_u += derivative(pores.r) * scale * (1.0f - lip);
        slope_v += derivative(pores.g) * scale * (1.0f - lip);
    }
    // Where the skin turns away from camera or key its own relief hides itself: else it glitters in the edge's highlights
    // and mottles the key's terminator, which light under the skin blurs.
    V3 geometric = points.normal;
    F geometric_key = dot(geometric, frame.key), edge = 1.0f - saturate(dot(geometric, points.to_eye));
    F calm = (1.0f - 0.75f * edge * edge) * (0.35f + 0.65f * saturate(geometric_key * 2.5f));
    slope_u *= calm, slope_v *= calm;
    F valley = set1(0.0f);
    if (surface.creases.texels != nullptr) {
        F first = points.record[shade::COVER], second = points.second_crease, strongest = max(first, second);
        if (mask_bits(strongest > 0.01f) != 0) {
            float scale = surface.parameters[4];
            Rgba folds = sample(surface.creases, u, v);
            slope_u += (derivative(folds.r) * first + derivative(folds.b) * second) * scale;
            slope_v += (derivative(folds.g) * first + derivative(folds.a) * second) * scale;
            valley = saturate((1.0f - base.a) * strongest);
            sheen *= 1.0f - 0.7f * valley;
        }
    }
    V3 normal = bumped(geometric, rotate(frame.head_rotation, field3(points, shade::TANGENT)),
                       points.record[shade::TANGENT_RATIO], slope_u, slope_v);
    F lit = arriving(view, points, shade::SKIN);
    F open = points.record[shade::OCCLUSION], rim_open = points.record[shade::RIM];
    // A fold shades itself, blue and green more than red, which comes through its walls.
    V3 ambient = field3(points, shade::IRRADIANCE);
    albedo.x *= 1.0f - 0.30f * valley, albedo.y *= 1.0f - 0.42f * valley, albedo.z *= 1.0f - 0.46f * valley;

    // Pre-integrated scattering (Penner 2011): a row of the table per curvature; red sees a softer normal.
    F key = dot(normal, frame.key);
    I row = truncate(clamp(points.record[shade::CURVATURE] *
                               ((shade::LUT_CURVATURES - 1) / shade::LUT_CURVATURE_MAX) + 0.5f,
                           0.0f, shade::LUT_CURVATURES - 1.0f)) *
            (shade::LUT_COSINES * 3);
    // Penumbra to a power per channel: light that has wandered under the skin is red.
    bool shaded = mask_bits(lit < 1.0f) != 0;
    F log_lit = shaded ? log2(max(lit, 1e-4f)) : set1(0.0f);
    F rim_light = max((dot(geometric, frame.rim) + 0.15f) * (1.0f / 1.15f), 0.0f) * rim_open;
    F* albedo_channels[3] = {&albedo.x, &albedo.y, &albedo.z};
    F* ambient_channels[3] = {&ambient.x, &ambient.y, &ambient.z};
    static constexpr float SOFTNESS[3] = {0.75f, 0.45f, 0.30f};
    static constexpr float PENUMBRA[3] = {0.80f, 0.98f, 1.04f};
    V3 light;
    F* light_channels[3] = {&light.x, &light.y, &light.z};
    for (int c = 0; c < 3; ++c) {
        F cosine = clamp((mix(key, geometric_key, set1(SOFTNESS[c])) * 0.5f + 0.5f) * (shade::LUT_COSINES - 1), 0.0f,
                         shade::LUT_COSINES - 1.01f);
        I column = truncate(cosine);
        I index = row + column * 3 + c;
        F near = gather(view.skin_table, index), far = gather(view.skin_table, index + 3);
        F diffuse = mix(near, far, cosine - to_float(column));
        if (shaded) diffuse *= exp2(log_lit * PENUMBRA[c]);
        F a = *albedo_channels[c];
        F bounce = 1.0f + (1.0f - open) * (BOUNCE_LEAST + a * BOUNCE);
        *light_channels[c] = a * (diffuse * frame.key_colour[c] + rim_light * frame.rim_colour[c] +
                                  *ambient_channels[c] * bounce);
    }

    // Ears are thin, and the only skin whose curvature is not limited: light from behind comes through, as blood lets it.
    // What is too thick has the rim light hidden by itself.
    F thin = smooth(saturate((points.record[shade::CURVATURE] - 50.0f) * (1.0f / 80.0f)));
    F through = thin * rim_open * saturate(0.15f - dot(geometric, frame.rim)) * (1.0f - lip);
    light.x += through * frame.rim_colour[0] * (0.12f + 0.60f * albedo.x), light.y += through * frame.rim_colour[1] * albedo.y * 0.30f;
    light.z += through * frame.rim_colour[2] * albedo.z * 0.14f;

    // Two GGX lobes: oil over the skin's own roughness. Oily skin (nose, forehead) is also smoother; lips are wet.
    F facing = max(dot(normal, points.to_eye), 0.02f);
    F roughness = mix((ROUGHEST - OIL_SMOOTHS * sheen) * surface.parameters[3], set1(LIP_ROUGHNESS), lip);
    // Relief that is too fine to be drawn is roughness.
    if (surface.extra.texels == nullptr) roughness += 0.03f;
    F broad = roughness * roughness, narrow = broad * NARROW;
    F wet = mix(set1(OIL_SHARE), set1(LIP_OIL_SHARE), lip);
    // Broad highlights on deep skin look like ash: there the oil's narrow ones make the shine.
    F veil = DEEP_VEIL + (1.0f - DEEP_VEIL) * saturate(albedo.y * 4.0f);
    for (int which = 0; which < 2; ++which) {
        const float* direction = which == 0 ? frame.key : frame.rim;
        const float* colour = which == 0 ? frame.key_colour : frame.rim_colour;
        // A softbox is not a point: its half width widens both lobes (Karis 2013).
        float source = which == 0 ? 0.14f * (frame.window[0] + frame.window[1]) : RIM_SOURCE;
        V3 half = unit({points.to_eye.x + direction[0], points.to_eye.y + direction[1], points.to_eye.z + direction[2]});
        F normal_light = max(dot(normal, direction), 0.0f);
        // Most of a face is turned away from the light behind it.
        if (mask_bits(normal_light > 0.0f) == 0) continue;
        F normal_half = dot(normal, half);
        F fresnel = 0.028f + 0.972f * fifth_power(1.0f - saturate(dot(points.to_eye, half)));
        F lobes = (1.0f - wet) * veil * ggx(normal_half, normal_light, facing, broad + source) +
                  wet * ggx(normal_half, normal_light, facing, narrow + source);
        F strength = lobes * fresnel * normal_light * sheen * (which == 0 ? lit : rim_open * veil) * (3.14159265f * DIRECT_SHEEN);
        light.x += strength * colour[0], light.y += strength * colour[1], light.z += strength * colour[2];
    }
    V3 mirrored = normal * (2.0f * facing) - points.to_eye;
    V3 around = environment(frame, mirrored, broad * 0.6f);
    // Specular occlusion (Lagarde 2014) from the ambient one.
    F horizon = saturate(power(facing + open, set1(1.3f)) - 1.0f + open) * sheen;
    F strength = (0.024f + 0.24f * fifth_power(1.0f - facing)) * horizon * (1.0f + 0.3f * lip) * veil * veil;
    // Vellus hair lights up where the skin turns away.
    F down = edge * edge * edge * (VELLUS * (1.0f - lip)) * sheen * veil * veil;
    F on_down = saturate(geometric_key + 0.3f) * lit;
    light.x += down * (ambient.x + frame.key_colour[0] * on_down + frame.rim_colour[0] * rim_light);
    light.y += down * (ambient.y + frame.key_colour[1] * on_down + frame.rim_colour[1] * rim_light);
    light.z += down * (ambient.z + frame.key_colour[2] * on_down + frame.rim_colour[2] * rim_light);
    return light + around * strength;
}

}  // namespace SHADE_NAMESPACE
