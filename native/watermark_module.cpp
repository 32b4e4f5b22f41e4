#include "module.h"
#include "watermark.h"

namespace avatron {

static Binding binding("watermark", [](nb::module_& module) {
    module.def("add", [](Array<const uint8_t> image, Array<const int16_t> pattern, float floor, float slope, float most,
                         Array<uint8_t> out) {
        const watermark::Picture picture{image.data(), static_cast<int64_t>(image.shape(0)),
                                         static_cast<int64_t>(image.shape(1)), static_cast<int64_t>(image.shape(2))};
        const watermark::Pattern repeated{pattern.data(), static_cast<int64_t>(pattern.shape(0))};
        nb::gil_scoped_release released;
        watermark::add(picture, repeated, {floor, slope, most}, out.data());
    });
});

}  // namespace avatron
