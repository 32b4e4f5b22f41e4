#include "mesh.h"
#include "module.h"

namespace avatron {

static Binding binding("mesh", [](nb::module_& module) {
    module.def("blend", [](Array<const float> neutral, Array<const int64_t> start, Array<const int32_t> index,
                           Array<const float> delta, Array<const float> weight, Array<float> out) {
        const mesh::SparseShapes shapes{static_cast<int64_t>(weight.size()), start.data(), index.data(), delta.data()};
        const int64_t vertices = static_cast<int64_t>(neutral.shape(0));
        nb::gil_scoped_release released;
        mesh::blend(neutral.data(), vertices, shapes, weight.data(), out.data());
    });
    module.def("normals", [](Array<const float> position, Array<const int32_t> triangle, Array<const int64_t> start,
                             Array<const int32_t> around, bool alone, Array<float> out) {
        const int64_t vertices = static_cast<int64_t>(position.shape(0));
        const int64_t triangles = static_cast<int64_t>(triangle.shape(0));
        nb::gil_scoped_release released;
        mesh::normals(position.data(), vertices, triangle.data(), triangles, start.data(), around.data(), alone, out.data());
    });
    module.def("skin", [](Array<const float> position, Array<const float> weight, Array<const float> rotation,
                          Array<const float> translation, Array<float> out) {
        const int64_t vertices = static_cast<int64_t>(position.shape(0));
        const int64_t joints = static_cast<int64_t>(rotation.shape(0));
        nb::gil_scoped_release released;
        mesh::skin(position.data(), vertices, weight.data(), joints, rotation.data(), translation.data(), out.data());
    });
    module.def("strains", [](Array<const float> position, Array<const int32_t> triangle, Array<const float> share,
                             float limit, Array<float> out) {
        const int64_t triangles = static_cast<int64_t>(triangle.shape(0));
        nb::gil_scoped_release released;
        mesh::strains(position.data(), triangle.data(), triangles, share.data(), limit, out.data());
    });
});

}  // namespace avatron
