// Textures, shadows, the environment and reflectance terms, sixteen pixels at a time. Included once per instruction set.
#pragma once

#include "shade_moves.h"
#include "shade_scene.h"

namespace SHADE_NAMESPACE {

using shade::Frame;
using shade::Surface;
using shade::Texture;
using shade::View;

struct Rgba {
    F r, g, b, a;
};

SHADE_INLINE F channel(I texel, int shift) { return to_float((texel >> shift) & 255); }

SHADE_INLINE Rgba blend_texels(I t00, I t10, I t01, I t11, F fx, F fy) {
    // Weights first: one multiply-add per texel and channel.
    F w11 = fx * fy * (1.0f / 255.0f), w10 = fx * (1.0f / 255.0f) - w11, w01 = fy * (1.0f / 255.0f) - w11;
    F w00 = (1.0f / 255.0f) - w10 - w01 - w11;
    Rgba result;
    result.r = channel(t00, 0) * w00 + channel(t10, 0) * w10 + channel(t01, 0) * w01 + channel(t11, 0) * w11;
    result.g = channel(t00, 8) * w00 + channel(t10, 8) * w10 + channel(t01, 8) * w01 + channel(t11, 8) * w11;
    result.b = channel(t00, 16) * w00 + channel(t10, 16) * w10 + channel(t01, 16) * w01 + channel(t11, 16) * w11;
    result.a = channel(t00, 24) * w00 + channel(t10, 24) * w10 + channel(t01, 24) * w01 + channel(t11, 24) * w11;
    return result;
}

// Bilinear, clamped at the border; v up. Needs at least 2 x 2 texels.
SHADE_INLINE Rgba sample(const Texture& texture, F u, F v) {
    F x = clamp(u * static_cast<float>(texture.width) - 0.5f, 0.0f, static_cast<float>(texture.width) - 1.001f);
    F y = clamp((1.0f - v) * static_cast<float>(texture.height) - 0.5f, 0.0f,
                static_cast<float>(texture.height) - 1.001f);
    I column = truncate(x), row = truncate(y);
    alignas(64) int32_t index[LANES];
    store(index, row * texture.width + column);
    I t00, t10, t01, t11;
    gather_pairs(texture.texels, index, t00, t10);
    gather_pairs(texture.texels + texture.width, index, t01, t11);
    return blend_texels(t00, t10, t01, t11, x - to_float(column), y - to_float(row));
}

// The same for a texture that repeats.
SHADE_INLINE Rgba sample_tiled(const Texture& texture, F u, F v) {
    F x = min((u - floor(u)) * static_cast<float>(texture.width), static_cast<float>(texture.width) - 0.001f);
    F y = min((1.0f - (v - floor(v))) * static_cast<float>(texture.height), static_cast<float>(texture.height) - 0.001f);
    I column = truncate(x), row = truncate(y);
    int32_t stride = texture.width + 1;
    alignas(64) int32_t index[LANES];
    store(index, row * stride + column);
    I t00, t10, t01, t11;
    gather_pairs(texture.texels, index, t00, t10);
    gather_pairs(texture.texels + stride, index, t01, t11);
    return blend_texels(t00, t10, t01, t11, x - to_float(column), y - to_float(row));
}

SHADE_INLINE V3 decoded(const Rgba& texel) { return {texel.r * texel.r, texel.g * texel.g, texel.b * texel.b}; }

// A byte of a derivative map: 128 is flat, 255 is +1.
SHADE_INLINE F derivative(F channel_value) { return channel_value * (255.0f / 127.0f) - (128.0f / 127.0f); }

constexpr float STEEPEST = 0.30f;  // cosine to the light below which a receiver's plane is taken as no steeper

// A receiver in the shadow map: its texel, its depth with a bias, and how much nearer to the light its plane comes per
// texel to the right and up.
struct Receiver {
    F x, y, depth;
    F right, up;
};

// Share of the key light that arrives: 12 taps on a disc, each softened in depth and held against the receiver's plane.
SHADE_INLINE F lit_by_key(const View& view, const Receiver& receiver) {
    F x = receiver.x, y = receiver.y, steepest = absolute(receiver.right) + absolute(receiver.up);
    float radius = view.frame->shadow_radius[0], steepness = 1.0f / view.frame->shadow_softness[0];
    float last = static_cast<float>(view.shadow_size - 1);
    // A tap is anywhere in its texel: never call the plane itself a caster.
    F depth = receiver.depth + 0.5f * steepest;
    // Most of what is asked has nothing about it that is nearer to the light.
    I block = truncate(clamp(y, 0.0f, last) * (1.0f / shade::SHADOW_BLOCK)) * shade::shadow_blocks(view.shadow_size) +
              truncate(clamp(x, 0.0f, last) * (1.0f / shade::SHADOW_BLOCK));
    if (mask_bits(gather(view.shadow_blocks, block) > depth - steepest * radius) == 0) return set1(1.0f);
    F along_right = receiver.right * radius, along_up = receiver.up * radius;
    // Sunflower disc of unit radius.
    static constexpr float DISC_X[12] = {0.2041f,  -0.2607f, 0.0399f, 0.3286f,  -0.6030f, 0.5712f,
                                         -0.1911f, -0.3644f, 0.7906f, -0.8224f, 0.3965f,  0.2930f};
    static constexpr float DISC_Y[12] = {0.0f,    0.2388f,  -0.4547f, 0.4286f, -0.1067f, -0.3634f,
                                         0.7107f, -0.7016f, 0.2887f,  0.3395f, -0.8472f, 0.9341f};
    F shade = set1(0.0f);
    for (int tap = 0; tap < 12; ++tap) {
        I column = truncate(clamp(x + DISC_X[tap] * radius, 0.0f, last));
        I row = truncate(clamp(y + DISC_Y[tap] * radius, 0.0f, last));
        F here = depth + (along_right * DISC_X[tap] + along_up * DISC_Y[tap]);
        shade += saturate((gather(view.shadow_map, row * view.shadow_size + column) - here) * steepness);
    }
    return 1.0f - shade * (1.0f / 12.0f);
}

// The plane of a receiver with a unit normal.
SHADE_INLINE void lean(const View& view, V3 normal, Receiver& receiver) {
    const float* m = view.frame->shadow_matrix;
    float per_texel = -1.0f / (m[0] * m[0] + m[1] * m[1] + m[2] * m[2]);
    F factor = inverse(max(dot(normal, m + 8), STEEPEST)) * per_texel;
    receiver.right = dot(normal, m) * factor, receiver.up = dot(normal, m + 4) * factor;
}

// The same for a place in the world, on a surface of a kind; skin and cloth have planes.
SHADE_INLINE F lit_by_key(const View& view, V3 place, V3 normal, shade::Kind kind) {
    const float* m = view.frame->shadow_matrix;
    Receiver receiver = {dot(place, m) + m[3], dot(place, m + 4) + m[7],
                         dot(place, m + 8) + (m[11] + shade::KEY_BIAS_M[kind]), set1(0.0f), set1(0.0f)};
    if (kind == shade::SKIN || kind == shade::CLOTH) lean(view, normal, receiver);
    return lit_by_key(view, receiver);
}

// The soft environment from `direction`: spherical-Gaussian boxes, widened by roughness, over a vertical gradient.
SHADE_INLINE V3 environment(const Frame& frame, V3 direction, F alpha) {
    F height = 0.5f + 0.5f * direction.y;
    const float* low = frame.gradient;
    const float* high = frame.gradient + 3;
    V3 sum = {low[0] + (high[0] - low[0]) * height, low[1] + (high[1] - low[1]) * height,
              low[2] + (high[2] - low[2]) * height};
    // A lobe of microfacets is a spherical Gaussian of sharpness 2 / alpha^2 about the half vector, a quarter of that
    // about the mirrored direction (Wang et al. 2009).
    F widening = alpha * alpha * 2.0f;
    for (int lobe = 0; lobe < shade::LOBES; ++lobe) {
        const float* box = frame.lobes + lobe * shade::LOBE;
        if (box[3] <= 0.0f) break;
        F narrowed = inverse(1.0f + box[3] * widening);
        F weight = exp((dot(direction, box) - 1.0f) * (box[3] * narrowed)) * narrowed;
        sum.x += weight * box[4], sum.y += weight * box[5], sum.z += weight * box[6];
    }
    return sum;
}
SHADE_INLINE V3 environment(const Frame& frame, V3 direction, float alpha) { return environment(frame, direction, set1(alpha)); }

// GGX distribution with Schlick-GGX masking (Karis 2013); `alpha` is roughness squared. Without Fresnel and cosine.
SHADE_INLINE F ggx(F normal_half, F normal_light, F normal_view, F alpha) {
    F alpha2 = alpha * alpha, k = alpha * 0.5f;
    F d = normal_half * normal_half * (alpha2 - 1.0f) + 1.0f;
    return alpha2 * (0.25f / 3.14159265f) *
           inverse(d * d * ((normal_light * (1.0f - k) + k) * (normal_view * (1.0f - k) + k)));
}

SHADE_INLINE F fifth_power(F a) {
    F a2 = a * a;
    return a2 * a2 * a;
}

}  // namespace SHADE_NAMESPACE
