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
    F c[11];
    load_columns<3>(world.means + 3 * first, present, c), load_columns<4>(world.quaternions + 4 * first, present, c + 3);
    load_columns<3>(world.scales + 3 * first, present, c + 7), load_columns<1>(world.opacities + first, present, c + 10);
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
    F colours[MAX_CHANNELS];
    if (channels == 3) {
        load_columns<3>(world.colours + 3 * first, present, colours);
    } else {
        alignas(64) float planes[MAX_CHANNELS][16] = {};
        for (int lane = 0; lane < present; ++lane)
            for (int k = 0; k < channels; ++k) planes[k][lane] = world.colours[(first + lane) * channels + k];
        for (int k = 0; k < channels; ++k) colours[k] = load(planes[k]);
    }
    uint32_t damaged = group.damaged;
    for (int k = 0; k < channels; ++k) damaged |= damaged_lanes(colours[k]);
    damaged &= (1u << present) - 1u;
    out.damaged[group_number] = static_cast<uint32_t>(__builtin_popcount(damaged));
    const Ellipsoids solid = in_camera_space(group, turn_of(group.quaternion), view);
    keep_projected(solid, project(solid, view, options), view, options, first, present, damaged, colours, channels, out);
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
    store_columns<3>(out.means + first * 3, present, means);
    store_columns<4>(out.quaternions + first * 4, present, quaternions);
    store_columns<3>(out.scales + first * 3, present, scales);
    store_columns<1>(out.opacities + first, present, &opacity);
    if (scene.channels == 3) {
        store_columns<3>(out.colours + first * 3, present, sums + COLOUR_SUMS);
    } else {
        for (int k = 0; k < scene.channels; ++k) {
            alignas(64) float plane[16];
            store(plane, sums[COLOUR_SUMS + k]);
            for (int lane = 0; lane < present; ++lane) out.colours[(first + lane) * scene.channels + k] = plane[lane];
        }
    }
    const F screen[2] = {clean(d.screen[0]), clean(d.screen[1])};
    store_columns<2>(out.screen + first * 2, present, screen);
}

}  // namespace SHADE_NAMESPACE
