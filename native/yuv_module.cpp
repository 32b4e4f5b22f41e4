#include "module.h"
#include "yuv.h"

namespace avatron {

static Binding binding("yuv", [](nb::module_& module) {
    module.def("convert", [](Array<const uint8_t> rgb, Array<uint8_t> luma, Array<uint8_t> blue, Array<uint8_t> red) {
        const auto plane = [](Array<uint8_t>& rows) {
            return yuv::Plane{rows.data(), static_cast<int64_t>(rows.shape(1))};
        };
        const yuv::Picture picture{rgb.data(),  static_cast<int64_t>(rgb.shape(1)), static_cast<int64_t>(rgb.shape(0)),
                                   plane(luma), plane(blue),                        plane(red)};
        nb::gil_scoped_release released;
        yuv::convert(picture);
    });
});

}  // namespace avatron
