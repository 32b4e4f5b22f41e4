#include <memory>
#include <vector>

#include "module.h"
#include "pool.h"
#include "track_landmarks.h"

namespace avatron {

static Binding binding("track", [](nb::module_& module) {
    module.attr("ROW_PAD") = track::ROW_PAD;
    module.def("normals",
               [](Array<const float> rest, Array<const float> shape, Array<const float> by_shape, Array<const float> look,
                  Array<const float> eye_centre, Array<const int32_t> eye, int blink_left, int blink_right, float full_yaw,
                  float full_pitch, Array<const double> lens, Array<const double> rotation,
                  Array<const double> translation, Array<const double> weights, Array<const double> gaze,
                  Array<const float> correction, Array<const float> seen, Array<const float> precision, float cutoff,
                  bool with_lens, Array<double> curvature, Array<double> gradient, Array<double> summary) {
                   const track::Person person{static_cast<int64_t>(rest.shape(0)),
                                              static_cast<int64_t>(by_shape.shape(0)),
                                              static_cast<int64_t>(shape.shape(2)),
                                              rest.data(),
                                              shape.data(),
                                              by_shape.data(),
                                              look.data(),
                                              eye_centre.data(),
                                              eye.data(),
                                              {blink_left, blink_right},
                                              full_yaw,
                                              full_pitch};
                   const double* const numbers = lens.data();
                   const track::Lens camera{numbers[0], numbers[1], numbers[2], numbers[3]};
                   const int64_t frames = static_cast<int64_t>(rotation.shape(0));
                   const int64_t columns = static_cast<int64_t>(gradient.shape(1));
                   const bool corrected = correction.shape(0) > 0;
                   nb::gil_scoped_release released;
                   const int64_t floats = track::scratch_floats(person, with_lens);
                   std::vector<float> scratch(floats * pool_size());
                   const track::FrameNormals kernel = track::frame_normals();
                   parallel_for(frames, 4, [&](int64_t begin, int64_t end, int worker) {
                       for (int64_t t = begin; t < end; ++t) {
                           const track::Frame frame{rotation.data() + 9 * t,
                                                    translation.data() + 3 * t,
                                                    weights.data() + person.shapes * t,
                                                    gaze.data() + 4 * t,
                                                    corrected ? correction.data() + 3 * person.landmarks * t : nullptr,
                                                    seen.data() + 2 * person.landmarks * t,
                                                    precision.data() + person.landmarks * t};
                           const track::Normals out{curvature.data() + columns * columns * t,
                                                    gradient.data() + columns * t, summary.data() + 2 * t};
                           kernel(person, camera, frame, cutoff, with_lens, scratch.data() + floats * worker, out);
                       }
                   });
               });
    module.def("solve_banded", [](Array<const double> own, Array<const double> next_one, Array<const double> next_but_one,
                                  Array<const double> right, Array<const bool> held, Array<double> solution) {
        const int64_t frames = static_cast<int64_t>(solution.shape(0)), size = static_cast<int64_t>(solution.shape(1));
        nb::gil_scoped_release released;
        const auto count = static_cast<size_t>(track::banded_doubles(frames, size));
        const auto scratch = std::make_unique_for_overwrite<double[]>(count);
        const track::Banded system{frames,      size,        own.data(), next_one.data(), next_but_one.data(),
                                   right.data(), held.data()};
        return track::solve_banded()(system, scratch.get(), solution.data());
    });
});

}  // namespace avatron
