#include "head.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace avatron::head {

namespace {

typedef float F4 __attribute__((vector_size(16)));

float clamp_unit(float value) { return std::min(std::max(value, 0.0f), 1.0f); }

// The weights of shapes and combinations that can be added up.
void balance_weights(const Balance& balance, const float* expression, int64_t expressions, Floats& weights) {
    weights.assign(expression, expression + expressions);
    weights[balance.close] = std::min(weights[balance.close], weights[balance.jaw] + balance.press);
    for (size_t gaze = 0; gaze < balance.gazes.size(); ++gaze)
        weights[balance.gazes[gaze]] *= 1 - std::min(weights[balance.blinks[gaze % 2]], 1.0f);
    for (size_t pair = 0; pair + 1 < balance.pairs.size(); pair += 2)
        weights.push_back(clamp_unit(weights[balance.pairs[pair]] / balance.full[pair]) *
                          clamp_unit(weights[balance.pairs[pair + 1]] / balance.full[pair + 1]));
}

float lip_seal(const Balance& balance, const float* expression) {
    const float jaw = expression[balance.jaw], close = expression[balance.close];
    if (close < balance.press) return 0.0f;
    const float share =
        clamp_unit((close / std::max(jaw, balance.press) - balance.seal_from) / (1 - balance.seal_from));
    return share * share * (3 - 2 * share) * std::min((close - balance.press) / balance.press, 1.0f);
}

F4 vector_of(const Point& point) {
    F4 vector;
    std::memcpy(&vector, &point, sizeof(vector));
    return vector;
}

void add_shapes(const Shapes& shapes, const Floats& weights, Point* places) {
    for (size_t shape = 0; shape < weights.size(); ++shape) {
        const float amount = weights[shape];
        if (amount == 0.0f) continue;
        for (int64_t entry = shapes.start[shape]; entry < shapes.start[shape + 1]; ++entry) {
            Point& place = places[shapes.index[entry]];
            const F4 moved = vector_of(place) + amount * vector_of(shapes.delta[entry]);
            std::memcpy(&place, &moved, sizeof(moved));
        }
    }
}

JawMotion jaw_in_skull(const double* head, const double* head_shift, const double* jaw, const double* jaw_shift) {
    JawMotion motion;
    for (int row = 0; row < 3; ++row) {
        motion.shift[row] = 0;
        for (int inner = 0; inner < 3; ++inner)
            motion.shift[row] += head[3 * inner + row] * (jaw_shift[inner] - head_shift[inner]);
        for (int column = 0; column < 3; ++column) {
            double sum = 0;
            for (int inner = 0; inner < 3; ++inner) sum += head[3 * inner + row] * jaw[3 * inner + column];
            motion.rotation[3 * row + column] = sum;
        }
    }
    return motion;
}

void apply_joints(const Floats& weights, const double* rotations, const double* translations, int64_t joints,
                  const std::vector<Point>& places, float* out) {
    // Four columns of four numbers a joint, so that a vertex is moved by vectors.
    std::vector<std::array<F4, 4>> columns(joints);
    for (int64_t joint = 0; joint < joints; ++joint) {
        for (int column = 0; column < 3; ++column)
            columns[joint][column] = F4{static_cast<float>(rotations[9 * joint + column]),
                                        static_cast<float>(rotations[9 * joint + 3 + column]),
                                        static_cast<float>(rotations[9 * joint + 6 + column]), 0};
        columns[joint][3] = F4{static_cast<float>(translations[3 * joint]),
                               static_cast<float>(translations[3 * joint + 1]),
                               static_cast<float>(translations[3 * joint + 2]), 0};
    }
    for (size_t vertex = 0; vertex < places.size(); ++vertex) {
        const Point& place = places[vertex];
        F4 moved = {};
        for (int64_t joint = 0; joint < joints; ++joint) {
            const float share = weights[vertex * joints + joint];
            if (share == 0.0f) continue;
            const auto& motion = columns[joint];
            moved += share * (motion[0] * place.x + motion[1] * place.y + motion[2] * place.z + motion[3]);
        }
        std::memcpy(out + 3 * vertex, &moved, 3 * sizeof(float));
    }
}

}  // namespace

void Head::move(const float* expression, int64_t expressions, const double* rotations, const double* translations,
                int64_t joints, float* out) const {
    std::vector<Point> places = rest;
    Point* shaped = places.data();
    Floats weights;
    weights.reserve(expressions + balance.pairs.size() / 2);
    balance_weights(balance, expression, expressions, weights);
    add_shapes(shapes, weights, shaped);
    for (size_t eye = 0; eye < lid_seams.size(); ++eye)
        close_lids(lid_seams[eye], shaped, expression[balance.blinks[eye]]);
    for (const LidBall& ball : lid_balls) lift_lids(ball, shaped);
    const JawMotion jaw = jaw_in_skull(rotations + 9 * head_joint, translations + 3 * head_joint,
                                       rotations + 9 * jaw_joint, translations + 3 * jaw_joint);
    part_lips(lips, shaped, jaw, lip_seal(balance, expression));
    const auto shows = [&](int32_t pose) { return expression[pose] > 0; };
    if (std::any_of(balance.tongue.begin(), balance.tongue.end(), shows)) hold_tongue(tongue, shaped, jaw);
    apply_joints(joint_weights, rotations, translations, joints, places, out);
}

}  // namespace avatron::head
