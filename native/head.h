// One frame of a head: shapes added up, lids closed and lifted, lips parted, the tongue held, joints applied.
//
// The steps are those of `avatron.face`, in the same order; NumPy versions of all of them stand there.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace avatron::head {

using Floats = std::vector<float>;
using Rows = std::vector<int32_t>;

// A point as a vector of four, the last without meaning: what is added to every vertex is added as vectors.
struct alignas(16) Point {
    float x, y, z, unused;
};

// [E] expressions to the weights of E shapes and C combinations (`face/balance.py`).
struct Balance {
    int32_t close, jaw;
    Rows blinks, gazes, tongue;  // gazes: pairs, of the left and the right eye
    Rows pairs;                  // [C, 2]
    Floats full;                 // [C, 2]
    float press, seal_from;
};

struct Shapes {
    std::vector<int64_t> start;  // [E + C + 1]
    Rows index;
    std::vector<Point> delta;  // [N]
};

// One eye's lids where they meet (`face/lidseam.py`).
struct LidSeam {
    Rows upper, lower, vertices;
    Floats follow;   // [A, N]: a row for each vertex of the upper rim
    Floats opening;  // [A]
    double begin, overlap, thickness, opening_share, meeting;
};

// What must not enter an eyeball (`face/lids.py`).
struct LidBall {
    Rows vertices;
    Point centre;
    Floats least;
};

// A row of teeth as a wall (`face/arches.py`).
struct Arch {
    float axis_z, lowest;
    int32_t rows, columns;
    Floats radius;
    float cell_m, cell_rad, widest_rad;
    float outermost;  // the largest of `radius`

    // How far a point stands before the wall, and how far from the axis. What stands before all of the wall gets
    // more than `enough`, whatever it is exactly.
    void see(const Point& point, float enough, float& clearance, float& distance) const;
    // Whether the point was nearer than `least`, and is moved out to it.
    bool lift(Point& point, float least) const;
};

// Where the lips meet (`face/seam.py`); rows count through `Lips::vertices`.
struct LipSeam {
    Rows upper, lower, opposite;
    std::vector<uint8_t> in_middle;
    Floats spread_upper;  // [A, upper count]
    Floats spread_lower;  // [B, lower count]
    Floats rest_upper, rest_lower;
    float reach, far_apart, trusted, most, sealed;
};

struct Lips {
    Rows vertices;
    int64_t upper_count;
    std::array<Arch, 2> arches;
    std::array<Floats, 2> least;
    LipSeam seam;
};

// `face/tongue.py`.
struct Tongue {
    Rows vertices, upper_lip, lower_lip;
    std::array<double, 3> upper_edge, lower_edge;
    double axis_z, gate;
    double approach, room, film, lip_rounding, lip_top, mouth_share;
};

// The jaw as the skull sees it: a point p goes to rotation p + shift.
struct JawMotion {
    double rotation[9], shift[3];
};

struct Head {
    std::vector<Point> rest;  // [V]
    Floats joint_weights;     // [V, J]
    int32_t head_joint, jaw_joint;
    Balance balance;
    Shapes shapes;
    std::vector<LidSeam> lid_seams;
    std::vector<LidBall> lid_balls;
    Lips lips;
    Tongue tongue;

    // out [V, 3] for an expression [E], rotations [J, 3, 3] and translations [J, 3]. On the calling thread alone: a
    // frame is too little work to be shared, and the next frame's can go on beside the drawing of this one.
    void move(const float* expression, int64_t expressions, const double* rotations, const double* translations,
              int64_t joints, float* out) const;
};

void close_lids(const LidSeam& seam, Point* shaped, double blink);
void lift_lids(const LidBall& ball, Point* shaped);
void part_lips(const Lips& lips, Point* shaped, const JawMotion& jaw, float seal);
void hold_tongue(const Tongue& tongue, Point* shaped, const JawMotion& jaw);

// The value at `at` of the line through points (x, y) of ascending x, as `numpy.interp`.
template <typename AtX, typename AtY>
double interpolate(double at, int64_t count, AtX&& x, AtY&& y) {
    if (at < x(0)) return y(0);
    if (at >= x(count - 1)) return y(count - 1);
    int64_t low = 0, high = count - 1;
    while (high - low > 1) {
        const int64_t middle = (low + high) / 2;
        if (at >= x(middle))
            low = middle;
        else
            high = middle;
    }
    const double width = x(high) - x(low);
    return width > 0 ? y(low) + (y(high) - y(low)) / width * (at - x(low)) : y(low);
}

}  // namespace avatron::head
