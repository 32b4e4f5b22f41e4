#include "interpolate.h"
#include "module.h"
#include "raster.h"

namespace avatron {

static Binding binding("raster", [](nb::module_& module) {
    module.attr("MAX_SIZE") = raster::MAX_SIZE;
    module.def("draw", [](Array<const float> position, Array<const int32_t> triangle, double focal, double centre_x,
                          double centre_y, double near, bool cull, Array<float> depth, Array<int32_t> ids,
                          Array<float> barycentric) {
        const raster::Camera camera{focal,
                                    centre_x,
                                    centre_y,
                                    near,
                                    static_cast<int32_t>(depth.shape(1)),
                                    static_cast<int32_t>(depth.shape(0))};
        const raster::Mesh mesh{position.data(), static_cast<int64_t>(position.shape(0)), triangle.data(),
                                static_cast<int64_t>(triangle.shape(0)), cull};
        nb::gil_scoped_release released;
        raster::draw(camera, mesh, {depth.data(), ids.data(), barycentric.data()});
    });
    module.def("interpolate", [](Array<const int32_t> ids, Array<const float> barycentric,
                                 Array<const int32_t> triangle, Array<const float> attribute, float empty,
                                 Array<float> out) {
        const int64_t pixels = static_cast<int64_t>(ids.size());
        const int64_t channels = static_cast<int64_t>(attribute.shape(1));
        nb::gil_scoped_release released;
        raster::interpolate(ids.data(), barycentric.data(), pixels, triangle.data(), attribute.data(), channels, empty,
                            out.data());
    });
});

}  // namespace avatron
