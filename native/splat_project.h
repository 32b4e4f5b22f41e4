// Gaussians in camera space to the screen, sixteen at a time, and the gradients of that.
//
// A Gaussian is its mean and its three axes (the columns of rotation times scale, in camera space). On the screen its
// covariance is B B^T with B = J axes [2, 3], J the Jacobian of the projection at the mean (Zwicker et al., EWA splatting,
// 2001), plus the blur. The determinant is that of a Gram matrix, |b0 x b1|^2: no difference of large numbers.
#pragma once

#include "splat.h"
#include "splat_columns.h"

namespace SHADE_NAMESPACE {

namespace {

constexpr float LOG2_E = 1.44269504f, LN_2 = 0.69314718f;

// Sixteen Gaussians in camera space.
struct Ellipsoids {
    V3 mean, axis[3];
    F opacity;
};

// What the screen shows of them, and what the way back needs again.
struct Ellipses {
    F inverse_depth, slope_x, slope_y;  // x / z and y / z
    F held_x, held_y;                   // the same, held near the picture, for the Jacobian
    V3 row_x, row_y;                    // B
    F xx, xy, yy, own_determinant, determinant, compensation;
    F a, b, c;  // inverse of the blurred covariance: a, b, b, c
};

SHADE_INLINE Ellipses project(const Ellipsoids& in, const View& view, const Options& options) {
    Ellipses out;
    // What lies behind the camera is not drawn, but must not divide by zero.
    const F depth = max(in.mean.z, 1e-12f);
    out.inverse_depth = 1.0f / depth;
    out.slope_x = in.mean.x * out.inverse_depth, out.slope_y = in.mean.y * out.inverse_depth;
    // The linearisation is of no use far outside of the picture: it is taken at most 15 % of its size outside.
    const float width = static_cast<float>(view.width), height = static_cast<float>(view.height);
    out.held_x = clamp(out.slope_x, -(view.centre_x + 0.15f * width) / view.focal_x,
                       (width - view.centre_x + 0.15f * width) / view.focal_x);
    out.held_y = clamp(out.slope_y, -(view.centre_y + 0.15f * height) / view.focal_y,
                       (height - view.centre_y + 0.15f * height) / view.focal_y);
    const F zoom_x = out.inverse_depth * view.focal_x, zoom_y = out.inverse_depth * view.focal_y;
    const auto along_x = [&](const V3& axis) { return zoom_x * (axis.x - out.held_x * axis.z); };
    const auto along_y = [&](const V3& axis) { return zoom_y * (axis.y - out.held_y * axis.z); };
    out.row_x = {along_x(in.axis[0]), along_x(in.axis[1]), along_x(in.axis[2])};
    out.row_y = {along_y(in.axis[0]), along_y(in.axis[1]), along_y(in.axis[2])};
    out.xx = dot(out.row_x, out.row_x), out.xy = dot(out.row_x, out.row_y), out.yy = dot(out.row_y, out.row_y);
    const V3 normal = cross(out.row_x, out.row_y);
    out.own_determinant = dot(normal, normal);
    const float blur = options.blur;
    out.determinant = out.own_determinant + (out.xx + out.yy) * blur + blur * blur;
    const F inverse_determinant = 1.0f / max(out.determinant, 1e-30f);
    out.compensation = options.compensated ? sqrt(out.own_determinant * inverse_determinant) : set1(1.0f);
    out.a = (out.yy + blur) * inverse_determinant;
    out.b = -out.xy * inverse_determinant;
    out.c = (out.xx + blur) * inverse_determinant;
    return out;
}

// Lanes of a vector that hold no finite number, as bits.
SHADE_INLINE uint32_t damaged_lanes(F value) { return ~mask_bits(absolute(value) < 3.0e38f) & 0xffffu; }

// Writes the records, rectangles, counts and depths of Gaussians first .. first + 15; there is room behind the last.
SHADE_INLINE void keep_projected(const Ellipsoids& in, const Ellipses& on, const View& view, const Options& options,
                                 int64_t first, int present, uint32_t damaged, const F* colours, int channels,
                                 const Projected& out) {
    const F opacity = in.opacity * on.compensation;
    const F log_opacity = log2(max(opacity, 1e-30f));
    const F reach = max((log_opacity - LOG2_LEAST_ALPHA) * (2.0f * LN_2), 0.0f);
    const F reach_x = sqrt(reach * (on.xx + options.blur)), reach_y = sqrt(reach * (on.yy + options.blur));
    const F x = on.slope_x * view.focal_x + view.centre_x, y = on.slope_y * view.focal_y + view.centre_y;
    // Pixel centres within reach; beyond the picture anything will do, as long as it stays a whole number.
    const float far = 2.0f * MAX_SIZE;
    const F left = -floor(clamp(-(x - reach_x - 0.5f), -far, far)), right = floor(clamp(x + reach_x - 0.5f, -far, far));
    const F top = -floor(clamp(-(y - reach_y - 0.5f), -far, far)), bottom = floor(clamp(y + reach_y - 0.5f, -far, far));
    const F first_x = max(left, 0.0f), last_x = min(right, static_cast<float>(view.width - 1));
    const F first_y = max(top, 0.0f), last_y = min(bottom, static_cast<float>(view.height - 1));
    const I drawn = (in.mean.z > options.near) & (opacity >= LEAST_ALPHA) & (on.determinant > 1e-30f) &
                    (max(reach_x, reach_y) > options.radius_clip) & (first_x <= last_x) & (first_y <= last_y);
    const uint32_t kept = mask_bits(drawn) & ~damaged & ((1u << present) - 1u);
    const I first_column = truncate(first_x) >> TILE_BITS, first_row = truncate(first_y) >> TILE_BITS;
    const I last_column = (truncate(last_x) >> TILE_BITS) + 1, last_row = (truncate(last_y) >> TILE_BITS) + 1;
    const I columns = last_column - first_column, tiles = columns * (last_row - first_row);
    // The first slot of all is added when it is known.
    const I slot = 0 - (first_row * columns + first_column);
    const float scale = 0.5f * LOG2_E;
    alignas(64) float fields[16][16];
    const F own[8] = {x, y, on.a * scale, on.b * (2.0f * scale), on.c * scale, log_opacity, from_bits(slot), from_bits(columns)};
    for (int k = 0; k < 8; ++k) store(fields[k], own[k]);
    for (int k = 0; k < MAX_CHANNELS; ++k) store(fields[8 + k], k < channels ? colours[k] : set1(0.0f));
    F records[16];
    transpose(fields, records);
    for (int lane = 0; lane < LANES; ++lane) store(&out.records[first + lane].x, records[lane]);
    alignas(64) int32_t corner[2][16];
    store(corner[0], first_column | first_row << 16), store(corner[1], last_column | last_row << 16);
    for (int lane = 0; lane < LANES; ++lane) {
        std::memcpy(&out.rectangles[first + lane].first_column, &corner[0][lane], sizeof(int32_t));
        std::memcpy(&out.rectangles[first + lane].last_column, &corner[1][lane], sizeof(int32_t));
    }
    store(reinterpret_cast<int32_t*>(out.tiles) + first, bits(where_bits(kept, from_bits(tiles))));
    // Positive floats are in the order of their bits.
    store(reinterpret_cast<int32_t*>(out.depths) + first, bits(in.mean.z));
}

// d loss / d of what `Ellipsoids` holds.
struct EllipsoidGradients {
    V3 mean, axis[3];
    F opacity;
    F screen[2];  // of the mean on the screen, px
};

// `sums` are those of `Sums` in splat.h over all tiles of a Gaussian.
SHADE_INLINE EllipsoidGradients project_back(const Ellipsoids& in, const Ellipses& on, const View& view,
                                             const Options& options, const F* sums) {
    EllipsoidGradients out;
    // alpha = opacity exp(-(a dx^2 + 2 b dx dy + c dy^2) / 2)
    const F da = sums[3] * -0.5f, db = sums[4] * -1.0f, dc = sums[5] * -0.5f;
    const F dx = on.a * sums[1] + on.b * sums[2], dy = on.b * sums[1] + on.c * sums[2];
    out.screen[0] = dx, out.screen[1] = dy;
    const F opacity = in.opacity * on.compensation;
    const F dopacity = sums[0] / max(opacity, 1e-30f);
    out.opacity = dopacity * on.compensation;
    // Covariance = inverse of [a b; b c]: d covariance = -K G K.
    const F half = db * 0.5f;
    const F ka = da * on.a + half * on.b, kb = da * on.b + half * on.c, kc = half * on.a + dc * on.b,
            kd = half * on.b + dc * on.c;
    F dxx = -(on.a * ka + on.b * kc), dxy = -2.0f * (on.a * kb + on.b * kd), dyy = -(on.b * kb + on.c * kd);
    if (options.compensated) {
        // compensation^2 = own determinant / determinant
        const F ratio = on.compensation * on.compensation;
        const F dratio = dopacity * in.opacity * 0.5f / max(on.compensation, 1e-6f);
        const F inverse_determinant = 1.0f / max(on.determinant, 1e-30f);
        const F ddeterminant = -(dratio * ratio * inverse_determinant);
        const F down = dratio * inverse_determinant + ddeterminant;
        dxx += down * on.yy + ddeterminant * options.blur;
        dyy += down * on.xx + ddeterminant * options.blur;
        dxy -= 2.0f * down * on.xy;
    }
    const V3 drow_x = on.row_x * (dxx * 2.0f) + on.row_y * dxy, drow_y = on.row_y * (dyy * 2.0f) + on.row_x * dxy;
    const F zoom_x = on.inverse_depth * view.focal_x, zoom_y = on.inverse_depth * view.focal_y;
    const F pull_x[3] = {zoom_x * drow_x.x, zoom_x * drow_x.y, zoom_x * drow_x.z};
    const F pull_y[3] = {zoom_y * drow_y.x, zoom_y * drow_y.y, zoom_y * drow_y.z};
    F dheld_x = set1(0.0f), dheld_y = set1(0.0f);
    for (int k = 0; k < 3; ++k) {
        out.axis[k] = {pull_x[k], pull_y[k], -(pull_x[k] * on.held_x + pull_y[k] * on.held_y)};
        dheld_x -= pull_x[k] * in.axis[k].z;
        dheld_y -= pull_y[k] * in.axis[k].z;
    }
    const F free_x = select((on.held_x >= on.slope_x) & (on.held_x <= on.slope_x), dheld_x, set1(0.0f));
    const F free_y = select((on.held_y >= on.slope_y) & (on.held_y <= on.slope_y), dheld_y, set1(0.0f));
    const F dslope_x = dx * view.focal_x + free_x, dslope_y = dy * view.focal_y + free_y;
    out.mean.x = dslope_x * on.inverse_depth;
    out.mean.y = dslope_y * on.inverse_depth;
    // d inverse depth times -1 / z^2; rows of B are proportional to it.
    const F scaled = dot(drow_x, on.row_x) + dot(drow_y, on.row_y) + dslope_x * on.slope_x + dslope_y * on.slope_y;
    out.mean.z = -(scaled * on.inverse_depth);
    return out;
}

// Rotation matrices of unit quaternions, by columns.
struct Turn {
    V3 column[3];
};

struct Quaternions {
    F w, x, y, z;
};

SHADE_INLINE F squared_length(const Quaternions& q) { return q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z; }

SHADE_INLINE Turn turn_of(const Quaternions& q) {
    const F two = set1(2.0f);
    return {{{1.0f - two * (q.y * q.y + q.z * q.z), two * (q.x * q.y + q.w * q.z), two * (q.x * q.z - q.w * q.y)},
             {two * (q.x * q.y - q.w * q.z), 1.0f - two * (q.x * q.x + q.z * q.z), two * (q.y * q.z + q.w * q.x)},
             {two * (q.x * q.z + q.w * q.y), two * (q.y * q.z - q.w * q.x), 1.0f - two * (q.x * q.x + q.y * q.y)}}};
}

// d loss / d of quaternions of any length, given that of the rotation of the unit quaternion `q`.
SHADE_INLINE Quaternions turn_back(const Quaternions& q, F inverse_length, const Turn& d) {
    const V3 &c0 = d.column[0], &c1 = d.column[1], &c2 = d.column[2];
    Quaternions out;
    out.w = 2.0f * (q.z * (c0.y - c1.x) + q.y * (c2.x - c0.z) + q.x * (c1.z - c2.y));
    out.x = 2.0f * (q.y * (c0.y + c1.x) + q.z * (c0.z + c2.x) - 2.0f * q.x * (c1.y + c2.z) + q.w * (c1.z - c2.y));
    out.y = 2.0f * (q.x * (c0.y + c1.x) + q.z * (c1.z + c2.y) - 2.0f * q.y * (c0.x + c2.z) + q.w * (c2.x - c0.z));
    out.z = 2.0f * (q.x * (c0.z + c2.x) + q.y * (c1.z + c2.y) - 2.0f * q.z * (c0.x + c1.y) + q.w * (c0.y - c1.x));
    const F along = q.w * out.w + q.x * out.x + q.y * out.y + q.z * out.z;
    out.w = (out.w - q.w * along) * inverse_length, out.x = (out.x - q.x * along) * inverse_length;
    out.y = (out.y - q.y * along) * inverse_length, out.z = (out.z - q.z * along) * inverse_length;
    return out;
}

// Sums of all tiles of sixteen Gaussians: sums[k], k < SUMS. Returns the lanes for which one is not 0, as bits.
SHADE_INLINE uint32_t gather_sums(const Scene& scene, const float* slots, int64_t first, int present, F* sums) {
    alignas(64) float rows[16][16];
    uint32_t seen = 0;
    for (int lane = 0; lane < 16; ++lane) {
        F total = set1(0.0f);
        if (lane < present) {
            const uint32_t tiles = scene.tiles[first + lane];
            const float* slot = slots + static_cast<int64_t>(tiles == 0 ? 0 : scene.first[first + lane]) * SUMS;
            for (uint32_t tile = 0; tile < tiles; ++tile, slot += SUMS) total += load(slot);
            if (mask_bits((total > 0.0f) | (total < 0.0f)) != 0) seen |= 1u << lane;
        }
        store(rows[lane], total);
    }
    transpose(rows, sums);
    return seen;
}

SHADE_INLINE void spread_seen(uint8_t* target, int present, uint32_t seen) {
    for (int lane = 0; lane < present; ++lane) target[lane] = seen >> lane & 1u;
}

SHADE_INLINE void clear(float* target, int width, int64_t first, int present) {
    std::memset(target + first * width, 0, static_cast<size_t>(present * width) * sizeof(float));
}

}  // namespace

}  // namespace SHADE_NAMESPACE
