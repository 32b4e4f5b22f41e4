// Gaussians given in the world: to the screen and back.
#pragma once

#include "splat_project.h"

namespace SHADE_NAMESPACE {

namespace {

// Sixteen Gaussians of the world, as columns; lanes beyond the last repeat it.
struct WorldGroup {
    V3 mean;
    Quaternions quaternion;  // unit
    F inverse_length;
    F scale[3];
    F opacity;
    uint32_t damaged;
};

SHADE_INLINE WorldGroup load_world(const World& world, int64_t first, int present) {
    alignas(64) float rows[16][16];
    for (int lane = 0; lane < 16; ++lane) {
        const int64_t at = first + (lane < present ? lane : present - 1);
        float* row = rows[lane];
        std::memcpy(row, world.means + 3 * at, 3 * sizeof(float));
        std::memcpy(row + 3, world.quaternions + 4 * at, 4 * sizeof(float));
        std::memcpy(row + 7, world.scales + 3 * at, 3 * sizeof(float));
        row[10] = world.opacities[at];
        for (int k = 11; k < 16; ++k) row[k] = 0.0f;
    }
    F c[16];
    transpose(rows, c);
    WorldGroup group;
    F all = c[0];
    for (int k = 1; k < 11; ++k) all += absolute(c[k]);
    group.damaged = damaged_lanes(all);
    const Quaternions raw{c[3], c[4], c[5], c[6]};
    group.inverse_length = 1.0f / sqrt(max(squared_length(raw), 1e-24f));
    const F& s = group.inverse_length;
    group.quaternion = {raw.w * s, raw.x * s, raw.y * s, raw.z * s};
    group.mean = {c[0], c[1], c[2]};
    for (int k = 0; k < 3; ++k) group.scale[k] = c[7 + k];
    group.opacity = c[10];
    return group;
}

SHADE_INLINE Ellipsoids in_camera_space(const WorldGroup& group, const Turn& turn, const View& view) {
    Ellipsoids out;
    const V3 turned = rotate(view.rotation, group.mean);
    out.mean = {turned.x + view.translation[0], turned.y + view.translation[1], turned.z + view.translation[2]};
    for (int k = 0; k < 3; ++k) out.axis[k] = rotate(view.rotation, turn.column[k]) * group.scale[k];
    out.opacity = group.opacity;
    return out;
}

SHADE_INLINE V3 rotate_back(const float* m, V3 a) {
    return {a.x * m[0] + a.y * m[3] + a.z * m[6], a.x * m[1] + a.y * m[4] + a.z * m[7],
            a.x * m[2] + a.y * m[5] + a.z * m[8]};
}

}  // namespace

void project_world(const World& world, const View& view, const Options& options, int channels, int64_t count,
                   int64_t group_number, const Projected& out) {
    const int64_t first = group_number * LANES;
    const int present = count - first < LANES ? static_cast<int>(count - first) : LANES;
    WorldGroup group = load_world(world, first, present);
    alignas(64) float colours[16][MAX_CHANNELS];
    uint32_t damaged = group.damaged & ((1u << present) - 1u);
    for (int lane = 0; lane < present; ++lane) {
        for (int k = 0; k < MAX_CHANNELS; ++k)
            colours[lane][k] = k < channels ? world.colours[(first + lane) * channels + k] : 0.0f;
        for (int k = 0; k < channels; ++k)
            if (!(__builtin_fabsf(colours[lane][k]) < 3.0e38f)) damaged |= 1u << lane;
    }
    out.damaged[group_number] = static_cast<uint32_t>(__builtin_popcount(damaged));
    const Ellipsoids solid = in_camera_space(group, turn_of(group.quaternion), view);
    keep_projected(solid, project(solid, view, options), view, options, first, present, damaged, colours, out);
}

void gather_world(const World& world, const Scene& scene, const float* slots, int64_t group_number,
                  const WorldGradients& out) {
    const int64_t first = group_number * LANES;
    const int present = scene.count - first < LANES ? static_cast<int>(scene.count - first) : LANES;
    F sums[16];
    const uint32_t seen = gather_sums(scene, slots, first, present, sums);
    spread_seen(out.seen + first, present, seen);
    if (seen == 0) {
        clear(out.means, 3, first, present), clear(out.quaternions, 4, first, present);
        clear(out.scales, 3, first, present), clear(out.opacities, 1, first, present);
        clear(out.colours, scene.channels, first, present), clear(out.screen, 2, first, present);
        return;
    }
    const WorldGroup group = load_world(world, first, present);
    const Turn turn = turn_of(group.quaternion);
    const Ellipsoids solid = in_camera_space(group, turn, scene.view);
    const EllipsoidGradients d =
        project_back(solid, project(solid, scene.view, scene.options), scene.view, scene.options, sums);
    // What is not seen has sums of 0, but may lie where nothing is defined.
    const auto clean = [&](F value) { return where_bits(seen, value); };
    const V3 mean = rotate_back(scene.view.rotation, d.mean);
    const F means[3] = {clean(mean.x), clean(mean.y), clean(mean.z)};
    Turn dturn;
    F scales[3];
    for (int k = 0; k < 3; ++k) {
        const V3 axis = rotate_back(scene.view.rotation, d.axis[k]);
        scales[k] = clean(dot(axis, turn.column[k]));
        dturn.column[k] = axis * group.scale[k];
    }
    const Quaternions q = turn_back(group.quaternion, group.inverse_length, dturn);
    const F quaternions[4] = {clean(q.w), clean(q.x), clean(q.y), clean(q.z)};
    const F opacity = clean(d.opacity);
    spread(out.means + first * 3, 3, present, means);
    spread(out.quaternions + first * 4, 4, present, quaternions);
    spread(out.scales + first * 3, 3, present, scales);
    spread(out.opacities + first, 1, present, &opacity);
    spread(out.colours + first * scene.channels, scene.channels, present, sums + COLOUR_SUMS);
    const F screen[2] = {clean(d.screen[0]), clean(d.screen[1])};
    spread(out.screen + first * 2, 2, present, screen);
}

}  // namespace SHADE_NAMESPACE
