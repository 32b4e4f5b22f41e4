// Gaussians that ride on triangles: activations, corrections and the triangle's frame in one pass, and the way back.
//
//     position = offset + sum over r of coefficient[r] * correction[r]   (likewise the colour and the logit)
//     colour  += sum over q of response[q] * feature of the triangle [q]
//     mean     = centroid + length * axes * position,  axes of the ellipsoid = length * axes * rotation * exp(log scale)
//     opacity  = 1 / (1 + exp(-logit))
#pragma once

#include "splat_world.h"

namespace SHADE_NAMESPACE {

namespace {

constexpr int CORRECTED = 7;

// Eight floats, of which the last may be anything.
typedef float F8 __attribute__((vector_size(32)));
typedef uint32_t W8 __attribute__((vector_size(32)));
typedef uint16_t H8 __attribute__((vector_size(16)));

struct RigGroup {
    V3 position;
    F colour[3], opacity;
    Quaternions quaternion;  // unit
    F inverse_length;
    F scale[3];  // exp(log scale)
    V3 frame[3];  // rows of the axes
    V3 centroid;
    F length;
    uint32_t damaged;
};

// Sum of `ranks` rows of seven, each times its coefficient; `eight_of(row)` reads one, and one number behind it, and
// `seven_of` nothing behind it. What lies behind the very last row of all may not be read.
template <typename EightOf, typename SevenOf>
SHADE_INLINE F8 weighted_rows(const float* coefficients, int ranks, bool last, EightOf&& eight_of, SevenOf&& seven_of) {
    F8 sum = {}, other = {};
    const int whole = last && ranks > 0 ? ranks - 1 : ranks;
    int rank = 0;
    for (; rank + 1 < whole; rank += 2) {
        sum += eight_of(rank) * coefficients[rank];
        other += eight_of(rank + 1) * coefficients[rank + 1];
    }
    for (; rank < whole; ++rank) sum += eight_of(rank) * coefficients[rank];
    sum += other;
    if (whole < ranks) sum += seven_of(whole) * coefficients[whole];
    return sum;
}

template <typename T, typename Vector> SHADE_INLINE Vector read(const T* source, int count) {
    Vector result = {};
    std::memcpy(&result, source, static_cast<size_t>(count) * sizeof(T));
    return result;
}

#if SHADE_ISA != 2
// Numbers of half precision that are finite.
SHADE_INLINE F8 widened(H8 halves) {
    const W8 wide = __builtin_convertvector(halves, W8);
    // The exponent is 112 too small, also that of the smallest ones.
    const F8 value = (F8)((wide & 0x7fffu) << 13) * 0x1p112f;
    return (F8)((W8)value | (wide & 0x8000u) << 16);
}
#endif

SHADE_INLINE F8 half_corrections_of(const Rig& rig, int64_t at, int64_t count) {
    const uint16_t* rows = rig.half_corrections + static_cast<int64_t>(rig.ranks) * CORRECTED * at;
#if SHADE_ISA == 2
    (void)count;
    // Two rows at a time.
    __m512 sum = _mm512_setzero_ps();
    for (int rank = 0; rank < rig.ranks; rank += 2) {
        const __mmask16 present = rank + 1 < rig.ranks ? 0x3fff : 0x007f;
        const __m256i halves = _mm256_maskz_loadu_epi16(present, rows + rank * CORRECTED);
        sum = _mm512_fmadd_ps(_mm512_cvtph_ps(halves), _mm512_loadu_ps(rig.paired + 8 * rank), sum);
    }
    const __m512i second = _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 12, 11, 10, 9, 8, 7);
    return (F8)_mm512_castps512_ps256(_mm512_add_ps(sum, _mm512_permutexvar_ps(second, sum)));
#else
    const auto row = [&](int rank) { return rows + rank * CORRECTED; };
    return weighted_rows(
        rig.coefficients, rig.ranks, at + 1 == count, [&](int rank) { return widened(read<uint16_t, H8>(row(rank), 8)); },
        [&](int rank) { return widened(read<uint16_t, H8>(row(rank), CORRECTED)); });
#endif
}

// What corrections and responses add to one Gaussian: position, colour, logit.
SHADE_INLINE F8 corrections_of(const Rig& rig, int64_t at, int64_t count) {
    F8 sum;
    if (rig.half_corrections != nullptr) {
        sum = half_corrections_of(rig, at, count);
    } else {
        const float* rows = rig.corrections + static_cast<int64_t>(rig.ranks) * CORRECTED * at;
        sum = weighted_rows(
            rig.coefficients, rig.ranks, at + 1 == count,
            [&](int rank) { return read<float, F8>(rows + rank * CORRECTED, 8); },
            [&](int rank) { return read<float, F8>(rows + rank * CORRECTED, CORRECTED); });
    }
    for (int q = 0; q < rig.responses; ++q) {
        const float feature = rig.features[static_cast<int64_t>(rig.triangle[at]) * rig.responses + q];
        const float* response = rig.response + 3 * (at * rig.responses + q);
        sum += F8{0.0f, 0.0f, 0.0f, response[0], response[1], response[2], 0.0f, 0.0f} * feature;
    }
    return sum;
}

SHADE_INLINE void fill_rows(const Rig& rig, int64_t first, int present, int64_t count, float* rows) {
    for (int lane = 0; lane < 16; ++lane) {
        const F8 sum = corrections_of(rig, first + (lane < present ? lane : present - 1), count);
        std::memcpy(rows + 8 * lane, &sum, sizeof(F8));
    }
}

// A group of which `fill_rows` has made the rows.
SHADE_INLINE RigGroup group_of(const Rig& rig, int64_t first, int present, const float* rows) {
    F c[14], f[16], added[8];
    load_columns<3>(rig.positions + 3 * first, present, c), load_columns<3>(rig.colours + 3 * first, present, c + 3);
    load_columns<1>(rig.logits + first, present, c + 6), load_columns<4>(rig.quaternions + 4 * first, present, c + 7);
    load_columns<3>(rig.log_scales + 3 * first, present, c + 11);
    eight_columns([&](int lane) { return rows + 8 * lane; }, added);
    for (int k = 0; k < CORRECTED; ++k) c[k] += added[k];
    const auto frame = [&](int lane) {
        return rig.frames + 16 * static_cast<int64_t>(rig.triangle[first + (lane < present ? lane : present - 1)]);
    };
    eight_columns(frame, f), eight_columns([&](int lane) { return frame(lane) + 8; }, f + 8);
    RigGroup group;
    F all = absolute(f[12]);
    for (int k = 0; k < 14; ++k) all += absolute(c[k]);
    group.damaged = damaged_lanes(all);
    group.position = {c[0], c[1], c[2]};
    for (int k = 0; k < 3; ++k) group.colour[k] = c[3 + k];
    group.opacity = 1.0f / (1.0f + exp(-c[6]));
    const Quaternions raw{c[7], c[8], c[9], c[10]};
    group.inverse_length = 1.0f / sqrt(max(squared_length(raw), 1e-24f));
    const F& s = group.inverse_length;
    group.quaternion = {raw.w * s, raw.x * s, raw.y * s, raw.z * s};
    for (int k = 0; k < 3; ++k) group.scale[k] = exp(c[11 + k]);
    for (int k = 0; k < 3; ++k) group.frame[k] = {f[3 * k], f[3 * k + 1], f[3 * k + 2]};
    group.centroid = {f[9], f[10], f[11]};
    group.length = f[12];
    return group;
}

SHADE_INLINE V3 to_camera(const RigGroup& group, V3 a) {
    return {dot(group.frame[0], a), dot(group.frame[1], a), dot(group.frame[2], a)};
}
SHADE_INLINE V3 from_camera(const RigGroup& group, V3 a) {
    return group.frame[0] * a.x + group.frame[1] * a.y + group.frame[2] * a.z;
}

SHADE_INLINE Ellipsoids in_camera_space(const RigGroup& group, const Turn& turn) {
    Ellipsoids out;
    out.mean = group.centroid + to_camera(group, group.position) * group.length;
    for (int k = 0; k < 3; ++k) out.axis[k] = to_camera(group, turn.column[k]) * (group.scale[k] * group.length);
    out.opacity = group.opacity;
    return out;
}

}  // namespace

void place_frames(const float* vertices, const int32_t* triangles, const View& view, int64_t count, int64_t group_number,
                  float* frames) {
    const int64_t first = group_number * LANES;
    const int present = count - first < LANES ? static_cast<int>(count - first) : LANES;
    alignas(64) float rows[16][16];
    for (int lane = 0; lane < 16; ++lane) {
        const int32_t* corners = triangles + 3 * (first + (lane < present ? lane : present - 1));
        for (int k = 0; k < 3; ++k)
            std::memcpy(rows[lane] + 3 * k, vertices + 3 * static_cast<int64_t>(corners[k]), 3 * sizeof(float));
        for (int k = 9; k < 16; ++k) rows[lane][k] = 0.0f;
    }
    F c[16];
    transpose(rows, c);
    const float* shift = view.translation;
    const V3 a{c[0], c[1], c[2]}, b{c[3], c[4], c[5]}, d{c[6], c[7], c[8]};
    const V3 corner = rotate(view.rotation, a), edge = rotate(view.rotation, b - a), other = rotate(view.rotation, d - a);
    const F edge_length = sqrt(dot(edge, edge));
    const V3 along = edge * (1.0f / max(edge_length, 1e-12f)), upward = cross(along, other);
    // As long as the triangle is high over its first edge.
    const F height = sqrt(dot(upward, upward));
    const V3 normal = upward * (1.0f / max(height, 1e-12f)), across = cross(along, normal);
    const float third = 1.0f / 3.0f;
    const F columns[13] = {along.x,
                           normal.x,
                           across.x,
                           along.y,
                           normal.y,
                           across.y,
                           along.z,
                           normal.z,
                           across.z,
                           corner.x + (edge.x + other.x) * third + shift[0],
                           corner.y + (edge.y + other.y) * third + shift[1],
                           corner.z + (edge.z + other.z) * third + shift[2],
                           (edge_length + height) * 0.5f};
    for (int k = 0; k < 16; ++k) store(rows[k], k < 13 ? columns[k] : set1(0.0f));
    F turned[16];
    transpose(rows, turned);
    for (int lane = 0; lane < present; ++lane) store(frames + 16 * (first + lane), turned[lane]);
}

void project_rig(const Rig& rig, const View& view, const Options& options, int, int64_t count, int64_t group_number,
                 const Projected& out) {
    const int64_t first = group_number * LANES;
    const int present = count - first < LANES ? static_cast<int>(count - first) : LANES;
    alignas(64) float own_rows[16 * 8];
    float* rows = rig.rows == nullptr ? own_rows : rig.rows + 8 * first;
    fill_rows(rig, first, present, count, rows);
    const RigGroup group = group_of(rig, first, present, rows);
    const uint32_t damaged = group.damaged & ((1u << present) - 1u);
    out.damaged[group_number] = static_cast<uint32_t>(__builtin_popcount(damaged));
    const Ellipsoids solid = in_camera_space(group, turn_of(group.quaternion));
    keep_projected(solid, project(solid, view, options), view, options, first, present, damaged, group.colour, 3, out);
}

void gather_rig(const Rig& rig, const Scene& scene, const float* slots, int64_t group_number, const RigGradients& out) {
    const int64_t first = group_number * LANES;
    const int present = scene.count - first < LANES ? static_cast<int>(scene.count - first) : LANES;
    double* coefficients = out.coefficients == nullptr ? nullptr : out.coefficients + group_number * rig.ranks;
    for (int rank = 0; coefficients != nullptr && rank < rig.ranks; ++rank) coefficients[rank] = 0.0;
    F sums[16];
    const uint32_t seen = gather_sums(scene, slots, first, present, sums);
    spread_seen(out.seen + first, present, seen);
    if (seen == 0) {
        clear(out.positions, 3, first, present), clear(out.quaternions, 4, first, present);
        clear(out.log_scales, 3, first, present), clear(out.logits, 1, first, present);
        clear(out.colours, 3, first, present), clear(out.means, 3, first, present);
        clear(out.screen, 2, first, present);
        return;
    }
    const RigGroup group = group_of(rig, first, present, rig.rows + 8 * first);
    const Turn turn = turn_of(group.quaternion);
    const Ellipsoids solid = in_camera_space(group, turn);
    const EllipsoidGradients d =
        project_back(solid, project(solid, scene.view, scene.options), scene.view, scene.options, sums);
    const auto clean = [&](F value) { return where_bits(seen, value); };
    const V3 position = from_camera(group, d.mean) * group.length, mean = rotate_back(scene.view.rotation, d.mean);
    const F positions[3] = {clean(position.x), clean(position.y), clean(position.z)};
    const F means[3] = {clean(mean.x), clean(mean.y), clean(mean.z)};
    Turn dturn;
    F log_scales[3];
    for (int k = 0; k < 3; ++k) {
        const F size = group.scale[k] * group.length;
        dturn.column[k] = from_camera(group, d.axis[k]) * size;
        log_scales[k] = clean(dot(dturn.column[k], turn.column[k]));
    }
    const Quaternions q = turn_back(group.quaternion, group.inverse_length, dturn);
    const F quaternions[4] = {clean(q.w), clean(q.x), clean(q.y), clean(q.z)};
    const F logit = clean(d.opacity * group.opacity * (1.0f - group.opacity));
    store_columns<3>(out.positions + first * 3, present, positions);
    store_columns<3>(out.means + first * 3, present, means);
    store_columns<4>(out.quaternions + first * 4, present, quaternions);
    store_columns<3>(out.log_scales + first * 3, present, log_scales);
    store_columns<1>(out.logits + first, present, &logit);
    store_columns<3>(out.colours + first * 3, present, sums + COLOUR_SUMS);
    const F screen[2] = {clean(d.screen[0]), clean(d.screen[1])};
    store_columns<2>(out.screen + first * 2, present, screen);
    if (coefficients == nullptr) return;
    for (int lane = 0; lane < present; ++lane) {
        const int64_t at = first + lane;
        if ((seen >> lane & 1u) == 0) continue;
        const float own[CORRECTED] = {out.positions[3 * at], out.positions[3 * at + 1], out.positions[3 * at + 2],
                                      out.colours[3 * at],   out.colours[3 * at + 1],   out.colours[3 * at + 2],
                                      out.logits[at]};
        const float* correction = rig.corrections + static_cast<int64_t>(rig.ranks) * CORRECTED * at;
        for (int rank = 0; rank < rig.ranks; ++rank, correction += CORRECTED) {
            float sum = 0.0f;
            for (int k = 0; k < CORRECTED; ++k) sum += own[k] * correction[k];
            coefficients[rank] += static_cast<double>(sum);
        }
    }
}

}  // namespace SHADE_NAMESPACE
