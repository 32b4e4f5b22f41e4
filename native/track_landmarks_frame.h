// One frame's normal equations, compiled once per instruction set (TRACK_NAMESPACE).
//
// Jacobian rows are written in float32 to scratch memory, two a landmark, whitened; then J^T J is summed in tiles that
// stay in registers. No standard library here: the linker could give everybody this file's copy.
#pragma once

#include <cstdint>

#include "track_landmarks.h"

namespace avatron::track::TRACK_NAMESPACE {

namespace {

constexpr int LANES = 16;  // columns of a tile of J^T J; its rows fill the registers that there are
#if defined(__AVX512F__)
constexpr int TILE = 8, VECTOR = 64;
#elif defined(__AVX2__)
constexpr int TILE = 4, VECTOR = 32;
#else
constexpr int TILE = 2, VECTOR = 16;
#endif
constexpr int64_t BLOCK = 128;  // rows of J that stay in the nearest cache while all tiles take them in
constexpr int POSE = 6;
constexpr float NEAREST = 0.02f;  // metres, as NEAREST_M in lens.py

inline int64_t padded(int64_t count) { return (count + ROW_PAD - 1) / ROW_PAD * ROW_PAD; }

struct Turn {
    float m[9];
};

// The eyeball's rotation: yaw about +y after pitch about -x.
inline Turn eye_turn(double yaw, double pitch) {
    const double cy = __builtin_cos(yaw), sy = __builtin_sin(yaw), cp = __builtin_cos(pitch), sp = __builtin_sin(pitch);
    const double m[9] = {cy, -sy * sp, sy * cp, 0, cp, sp, -sy, -cy * sp, cy * cp};
    Turn turn;
    for (int i = 0; i < 9; ++i) turn.m[i] = static_cast<float>(m[i]);
    return turn;
}

inline float clipped(float value) { return value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value; }

// How far each look is on, and its slope by the angle that drives it.
struct Looks {
    float weight[4], slope[4], open;
};
inline Looks looks_of(const Person& person, const Frame& frame, int eye) {
    const float outwards = eye == 0 ? 1.0f : -1.0f;
    const float yaw = static_cast<float>(frame.gaze[2 * eye]) * outwards / person.full_yaw;
    const float up = static_cast<float>(frame.gaze[2 * eye + 1]) / person.full_pitch;
    const float raw[4] = {yaw, -yaw, up, -up};
    const float steep[4] = {outwards / person.full_yaw, -outwards / person.full_yaw, 1 / person.full_pitch,
                            -1 / person.full_pitch};
    Looks looks;
    const float shut = static_cast<float>(frame.weights[person.blink[eye]]);
    looks.open = 1.0f - (shut < 1.0f ? shut : 1.0f);
    for (int i = 0; i < 4; ++i) {
        looks.weight[i] = clipped(raw[i]);
        looks.slope[i] = raw[i] > 0.0f && raw[i] < 1.0f ? steep[i] : 0.0f;
    }
    return looks;
}

// Landmarks in the head frame, irises not turned yet.
inline void sum_shapes(const Person& person, const Frame& frame, const Looks* looks, float* local) {
    const int64_t count = 3 * person.landmarks;
    for (int64_t i = 0; i < count; ++i) local[i] = person.rest[i];
    for (int64_t shape = 0; shape < person.shapes; ++shape) {
        const float weight = static_cast<float>(frame.weights[shape]);
        if (weight == 0.0f) continue;
        const float* const delta = person.by_shape + shape * count;
        for (int64_t i = 0; i < count; ++i) local[i] += weight * delta[i];
    }
    for (int eye = 0; eye < 2; ++eye)
        for (int look = 0; look < 4; ++look) {
            const float weight = looks[eye].weight[look] * looks[eye].open;
            if (weight == 0.0f) continue;
            const float* const delta = person.look + (4 * eye + look) * count;
            for (int64_t i = 0; i < count; ++i) local[i] += weight * delta[i];
        }
    if (frame.correction)
        for (int64_t i = 0; i < count; ++i) local[i] += frame.correction[i];
}

inline void turned(const float* m, const float* p, float* out) {
    for (int i = 0; i < 3; ++i) out[i] = m[3 * i] * p[0] + m[3 * i + 1] * p[1] + m[3 * i + 2] * p[2];
}

// The two Jacobian rows of a landmark: shapes, blinks that take looks back, gaze that brings them.
inline void shape_columns(const Person& person, const Looks* looks, int64_t landmark, const float (*by_local)[3],
                         float* const* row, int64_t gaze_column) {
    const float* const delta = person.shape + landmark * 3 * person.padded_shapes;
    for (int side = 0; side < 2; ++side) {
        const float a = by_local[side][0], b = by_local[side][1], c = by_local[side][2];
        float* const out = row[side] + POSE;
        const float *const x = delta, *const y = delta + person.padded_shapes, *const z = delta + 2 * person.padded_shapes;
        for (int64_t i = 0; i < person.shapes; ++i) out[i] = a * x[i] + b * y[i] + c * z[i];
        for (int i = 0; i < 4; ++i) row[side][gaze_column + i] = 0.0f;
    }
    const int64_t count = 3 * person.landmarks;
    for (int eye = 0; eye < 2; ++eye)
        for (int look = 0; look < 4; ++look) {
            const float weight = looks[eye].weight[look], slope = looks[eye].slope[look] * looks[eye].open;
            if (weight == 0.0f && slope == 0.0f) continue;
            const float* const d = person.look + (4 * eye + look) * count + 3 * landmark;
            for (int side = 0; side < 2; ++side) {
                const float moved = by_local[side][0] * d[0] + by_local[side][1] * d[1] + by_local[side][2] * d[2];
                row[side][POSE + person.blink[eye]] -= weight * moved;
                row[side][gaze_column + 2 * eye + (look < 2 ? 0 : 1)] += slope * moved;
            }
        }
}

// On an eyeball the gaze also turns a landmark about the eye's centre; `arm` from there.
inline void add_ball_columns(int eye, const float* arm, const Turn& turn, const float (*by_local)[3], float* const* row,
                             int64_t gaze_column) {
    // Yaw turns about y; pitch about -x, carried by the yaw.
    const float by_yaw[3] = {arm[2], 0.0f, -arm[0]};
    const float axis[3] = {-turn.m[0], -turn.m[3], -turn.m[6]};
    const float by_pitch[3] = {axis[1] * arm[2] - axis[2] * arm[1], axis[2] * arm[0] - axis[0] * arm[2],
                               axis[0] * arm[1] - axis[1] * arm[0]};
    for (int side = 0; side < 2; ++side) {
        const float* const m = by_local[side];
        row[side][gaze_column + 2 * eye] += m[0] * by_yaw[0] + m[1] * by_yaw[1] + m[2] * by_yaw[2];
        row[side][gaze_column + 2 * eye + 1] += m[0] * by_pitch[0] + m[1] * by_pitch[1] + m[2] * by_pitch[2];
    }
}

constexpr int ACROSS = 4 * LANES / VECTOR, WIDTH = VECTOR / 4;
typedef float Lane __attribute__((vector_size(VECTOR)));

inline Lane lane_at(const float* place) {
    Lane lane;
    __builtin_memcpy(&lane, place, sizeof(lane));
    return lane;
}

// J^T J of `rows` rows of `stride` floats, in tiles of its upper triangle: `square` [stride, stride].
inline void sum_squares(const float* jacobian, int64_t rows, int64_t stride, float* square) {
    for (int64_t i = 0; i < stride * stride; ++i) square[i] = 0.0f;
    for (int64_t start = 0; start < rows; start += BLOCK) {
        const int64_t stop = start + BLOCK < rows ? start + BLOCK : rows;
        for (int64_t i = 0; i < stride; i += TILE)
            for (int64_t j = i / LANES * LANES; j < stride; j += LANES) {
                Lane tile[TILE][ACROSS];
#pragma GCC unroll 8
                for (int a = 0; a < TILE; ++a)
#pragma GCC unroll 4
                    for (int b = 0; b < ACROSS; ++b) tile[a][b] = lane_at(square + (i + a) * stride + j + b * WIDTH);
                const float* row = jacobian + start * stride;
                for (int64_t r = start; r < stop; ++r, row += stride) {
                    Lane across[ACROSS];
#pragma GCC unroll 4
                    for (int b = 0; b < ACROSS; ++b) across[b] = lane_at(row + j + b * WIDTH);
#pragma GCC unroll 8
                    for (int a = 0; a < TILE; ++a)
#pragma GCC unroll 4
                        for (int b = 0; b < ACROSS; ++b) tile[a][b] += row[i + a] * across[b];
                }
#pragma GCC unroll 8
                for (int a = 0; a < TILE; ++a)
#pragma GCC unroll 4
                    for (int b = 0; b < ACROSS; ++b)
                        __builtin_memcpy(square + (i + a) * stride + j + b * WIDTH, &tile[a][b], sizeof(Lane));
            }
    }
}

}  // namespace

void frame_normals(const Person& person, const Lens& lens, const Frame& frame, float cutoff, bool with_lens,
                   float* scratch, const Normals& out) {
    const int64_t columns = POSE + person.shapes + 4 + (with_lens ? 2 : 0);
    const int64_t gaze_column = POSE + person.shapes, stride = padded(columns);
    float* const local = scratch;
    float* const jacobian = scratch + padded(3 * person.landmarks);
    float* const residual = jacobian + 2 * person.landmarks * stride;
    const Looks looks[2] = {looks_of(person, frame, 0), looks_of(person, frame, 1)};
    const Turn eyes[2] = {eye_turn(frame.gaze[0], frame.gaze[1]), eye_turn(frame.gaze[2], frame.gaze[3])};
    sum_shapes(person, frame, looks, local);
    float rotation[9], place[3];
    for (int i = 0; i < 9; ++i) rotation[i] = static_cast<float>(frame.rotation[i]);
    for (int i = 0; i < 3; ++i) place[i] = static_cast<float>(frame.translation[i]);
    const float focal = static_cast<float>(lens.focal_px), k1 = static_cast<float>(lens.k1);
    const float limit = cutoff * cutoff;
    double energy = 0.0, distance = 0.0;
    int64_t rows = 0, measured = 0;
    for (int64_t landmark = 0; landmark < person.landmarks; ++landmark) {
        const float precision = frame.precision[landmark];
        if (!(precision > 0.0f)) continue;
        const int eye = person.eye[landmark];
        float point[3], arm[3] = {};
        if (eye >= 0) {
            const float* const centre = person.eye_centre + 3 * eye;
            float offset[3];
            for (int i = 0; i < 3; ++i) offset[i] = person.rest[3 * landmark + i] - centre[i];
            turned(eyes[eye].m, offset, arm);
            for (int i = 0; i < 3; ++i) point[i] = local[3 * landmark + i] + arm[i] - offset[i];
        } else {
            for (int i = 0; i < 3; ++i) point[i] = local[3 * landmark + i];
        }
        float in_camera[3];
        turned(rotation, point, in_camera);
        const float depth = in_camera[2] + place[2] > NEAREST ? in_camera[2] + place[2] : NEAREST;
        const float u = (in_camera[0] + place[0]) / depth, v = (in_camera[1] + place[1]) / depth;
        const float square = u * u + v * v, grown = 1.0f + k1 * square;
        const float away_x = focal * u * grown + static_cast<float>(lens.centre_x) - frame.seen[2 * landmark];
        const float away_y = focal * v * grown + static_cast<float>(lens.centre_y) - frame.seen[2 * landmark + 1];
        const float away = away_x * away_x + away_y * away_y, error = away * precision * precision;
        const float root = limit / (limit + error), scale = root * precision;
        energy += static_cast<double>(error * root);
        distance += static_cast<double>(away);
        ++measured;
        const float cross = 2.0f * k1 * u * v, part = scale * focal / depth;
        const float by_x[3] = {part * (grown + 2.0f * k1 * u * u), part * cross,
                               -part * ((grown + 2.0f * k1 * u * u) * u + cross * v)};
        const float by_y[3] = {part * cross, part * (grown + 2.0f * k1 * v * v),
                               -part * (cross * u + (grown + 2.0f * k1 * v * v) * v)};
        const float* const by_point[2] = {by_x, by_y};
        float* const row[2] = {jacobian + rows * stride, jacobian + (rows + 1) * stride};
        float by_local[2][3];
        for (int side = 0; side < 2; ++side) {
            const float* const m = by_point[side];
            for (int i = 0; i < 3; ++i)
                by_local[side][i] = m[0] * rotation[i] + m[1] * rotation[3 + i] + m[2] * rotation[6 + i];
            row[side][0] = m[2] * in_camera[1] - m[1] * in_camera[2];
            row[side][1] = m[0] * in_camera[2] - m[2] * in_camera[0];
            row[side][2] = m[1] * in_camera[0] - m[0] * in_camera[1];
            for (int i = 0; i < 3; ++i) row[side][3 + i] = m[i];
        }
        shape_columns(person, looks, landmark, by_local, row, gaze_column);
        if (eye >= 0) add_ball_columns(eye, arm, eyes[eye], by_local, row, gaze_column);
        if (with_lens) {
            const float along[2] = {scale * focal * u, scale * focal * v};
            for (int side = 0; side < 2; ++side) {
                row[side][gaze_column + 4] = along[side] * grown;
                row[side][gaze_column + 5] = along[side] * square;
            }
        }
        for (int side = 0; side < 2; ++side)
            for (int64_t i = columns; i < stride; ++i) row[side][i] = 0.0f;
        residual[rows] = scale * away_x;
        residual[rows + 1] = scale * away_y;
        rows += 2;
    }
    float* const square = residual + 2 * person.landmarks;
    sum_squares(jacobian, rows, stride, square);
    for (int64_t i = 0; i < columns; ++i)
        for (int64_t j = i; j < columns; ++j)
            out.curvature[i * columns + j] = out.curvature[j * columns + i] = static_cast<double>(square[i * stride + j]);
    // The residuals' sums in float32 would stop the search short of the minimum.
    for (int64_t i = 0; i < columns; ++i) out.gradient[i] = 0.0;
    for (int64_t r = 0; r < rows; ++r) {
        const double amount = static_cast<double>(residual[r]);
        const float* const row = jacobian + r * stride;
        for (int64_t i = 0; i < columns; ++i) out.gradient[i] += amount * static_cast<double>(row[i]);
    }
    out.summary[0] = energy;
    out.summary[1] = measured ? distance / static_cast<double>(measured) : 0.0;
}

}  // namespace avatron::track::TRACK_NAMESPACE
