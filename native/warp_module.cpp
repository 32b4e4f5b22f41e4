#include "module.h"
#include "warp.h"

namespace avatron {

static Binding binding("warp", [](nb::module_& module) {
    module.def("sample", [](Array<const uint8_t> image, Array<const double> to_image, Array<float> out, float gain,
                            float offset, bool black_outside) {
        const warp::Source source{image.data(), static_cast<int64_t>(image.shape(1)),
                                  static_cast<int64_t>(image.shape(0))};
        const double* m = to_image.data();
        const warp::Affine affine{m[0], m[1], m[2], m[3], m[4], m[5]};
        const warp::Target target{out.data(),
                                  static_cast<int64_t>(out.shape(1)),
                                  static_cast<int64_t>(out.shape(0)),
                                  gain,
                                  offset,
                                  black_outside};
        nb::gil_scoped_release released;
        warp::sample(source, affine, target);
    });
});

}  // namespace avatron
