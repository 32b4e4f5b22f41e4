// Normal equations of landmarks: what the landmarks of a frame say about its pose, shapes, gaze and lens.
//
// Columns of a frame: rotation 3 (in the camera's axes), translation 3, `shapes` weights, gaze 4 (yaw and pitch of the
// left eye, then of the right one), and with `lens` the logarithm of the focal length and the radial distortion.
// What is computed, and why, is in track/fit/pose_model.py and track/fit/energies/landmarks.py.
#pragma once

#include <cstdint>

namespace avatron::track {

constexpr int ROW_PAD = 16;  // Rows of the Jacobian are padded to whole vectors of the widest set.

// A person's landmarks in the head frame, the same for all frames; see PersonLandmarks.
struct Person {
    int64_t landmarks, shapes, padded_shapes;
    const float* rest;         // [L, 3]
    const float* shape;        // [L, 3, padded_shapes] metres for weight 1, 0 beyond `shapes`
    const float* by_shape;     // [shapes, L, 3] the same, shape by shape
    const float* look;         // [2, 4, L, 3] out, in, up, down
    const float* eye_centre;   // [2, 3]
    const int32_t* eye;        // [L] -1 skin, 0 or 1 on the left or right eyeball
    int32_t blink[2];          // which of the shapes shut the left and the right eye
    float full_yaw, full_pitch;  // radians at which looks are at 1
};

struct Lens {
    double focal_px, centre_x, centre_y, k1;
};

// One frame: unknowns and evidence.
struct Frame {
    const double* rotation;     // [3, 3]
    const double* translation;  // [3]
    const double* weights;      // [shapes]
    const double* gaze;         // [4]
    const float* correction;    // [L, 3] or null: what contact rules add, head frame
    const float* seen;          // [L, 2] pixels
    const float* precision;     // [L] 1 / standard deviation in pixels; 0: not seen
};

// What comes out of a frame, P = 6 + shapes + 4 (+ 2) columns.
struct Normals {
    double* curvature;  // [P, P]
    double* gradient;   // [P]
    double* summary;    // [2] sum of the robust energy; weighted mean square distance, pixels
};

// Floats of scratch memory that one worker needs.
int64_t scratch_floats(const Person& person, bool lens);

using FrameNormals = void (*)(const Person&, const Lens&, const Frame&, float cutoff, bool lens, float* scratch,
                              const Normals&);

constexpr int64_t BANDED_PAD = 8;  // Blocks of `Banded` are padded to whole tiles.

// T frames of P unknowns, coupled to the next two frames by diagonals.
struct Banded {
    int64_t frames, size;
    const double* own;           // [T, P, P]
    const double* next_one;      // [T, P]
    const double* next_but_one;  // [T, P]
    const double* right;         // [T, P]
    const bool* held;            // [T, P] what stays 0
};

inline int64_t banded_stride(int64_t size) { return (size + BANDED_PAD - 1) / BANDED_PAD * BANDED_PAD; }

// Doubles of scratch memory that its solution needs.
inline int64_t banded_doubles(int64_t frames, int64_t size) {
    const int64_t stride = banded_stride(size);
    return frames * stride * (3 * stride + 1);
}

// Fills `solution` [T, P]; false where the matrix is not positive definite.
using SolveBanded = bool (*)(const Banded&, double* scratch, double* solution);

FrameNormals frame_normals();
SolveBanded solve_banded();

}  // namespace avatron::track
