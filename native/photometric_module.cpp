#include "module.h"
#include "photometric.h"

namespace avatron {

namespace {

using Floats = Array<const float>;
using Rows = Array<const int32_t>;
using Numbers = Array<const double>;

photometric::Raster raster_of(const Rows& ids, const Floats& barycentric, const Floats& depth) {
    return {ids.data(), barycentric.data(), depth.data(), static_cast<int32_t>(ids.shape(1)),
            static_cast<int32_t>(ids.shape(0))};
}

}  // namespace

static Binding binding("photometric", [](nb::module_& module) {
    module.def(
        "compare",
        [](Rows ids, Floats barycentric, Floats raster_depth, Rows triangle, Floats screen, Floats depth, Floats uv,
           Floats light, Floats weight, Rows edge, Floats texture, Floats seen, nb::object trust, Numbers robust,
           Array<float> model, Array<float> pixel_weight, Array<float> gradient, Array<float> matrix) {
            const photometric::Raster raster = raster_of(ids, barycentric, raster_depth);
            const photometric::Surface surface{triangle.data(),
                                               screen.data(),
                                               depth.data(),
                                               uv.data(),
                                               light.data(),
                                               weight.data(),
                                               static_cast<int64_t>(screen.shape(0)),
                                               edge.data(),
                                               static_cast<int64_t>(edge.shape(0)),
                                               texture.data(),
                                               static_cast<int32_t>(texture.shape(1)),
                                               static_cast<int32_t>(texture.shape(0))};
            const double* given = robust.data();
            const photometric::Robust limits{static_cast<float>(given[0]), static_cast<float>(given[1]),
                                             static_cast<float>(given[2]), static_cast<float>(given[3])};
            const float* trusted = trust.is_none() ? nullptr : nb::cast<Floats>(trust).data();
            nb::gil_scoped_release released;
            return photometric::compare(raster, surface, seen.data(), trusted, limits,
                                        {model.data(), pixel_weight.data(), gradient.data(), matrix.data()});
        },
        nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
        nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg());
    module.def("gather", [](Rows ids, Floats barycentric, Floats raster_depth, Rows triangle, Floats screen,
                            Floats position, Floats normal, Rows texel_triangle, Floats texel_barycentric, Floats seen,
                            double gap, Array<float> colour, Array<float> weight) {
        const photometric::Raster raster = raster_of(ids, barycentric, raster_depth);
        const photometric::Texels texels{texel_triangle.data(), texel_barycentric.data(),
                                         static_cast<int64_t>(texel_triangle.shape(0))};
        nb::gil_scoped_release released;
        photometric::gather(raster, triangle.data(), screen.data(), position.data(), normal.data(), texels,
                            seen.data(), static_cast<float>(gap), colour.data(), weight.data());
    });
    module.def("normal_equations", [](Floats position, Numbers rotation, Numbers pivot, double focal,
                                      Array<const int64_t> start, Rows column, Floats delta, Floats gradient,
                                      Floats matrix, Array<double> normal, Array<double> right) {
        const photometric::Shapes shapes{start.data(), column.data(), delta.data()};
        nb::gil_scoped_release released;
        photometric::normal_equations(position.data(), static_cast<int64_t>(position.shape(0)), rotation.data(),
                                      pivot.data(), focal, shapes, gradient.data(), matrix.data(),
                                      static_cast<int64_t>(right.shape(0)), normal.data(), right.data());
    });
    module.def("crop", [](Array<const uint8_t> picture, double left, double top, double step, Array<float> target) {
        nb::gil_scoped_release released;
        photometric::crop(picture.data(), static_cast<int32_t>(picture.shape(1)),
                          static_cast<int32_t>(picture.shape(0)), left, top, step,
                          static_cast<int32_t>(target.shape(1)), static_cast<int32_t>(target.shape(0)), target.data());
    });
});

}  // namespace avatron
