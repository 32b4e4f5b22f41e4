#include <optional>

#include <nanobind/stl/optional.h>

#include "module.h"
#include "texture.h"

namespace avatron {

namespace {

// The Python face has checked the levels [L, 3] (first texel, width, height).
texture::Pyramid pyramid_of(const uint8_t* texels, const Array<const int64_t>& levels, int channels, bool repeat) {
    texture::Pyramid pyramid{texels, channels, static_cast<int32_t>(levels.shape(0)), repeat, {}};
    for (int32_t number = 0; number < pyramid.levels; ++number) {
        const int64_t* row = levels.data() + 3 * number;
        pyramid.level[number] = {row[0], static_cast<int32_t>(row[1]), static_cast<int32_t>(row[2])};
    }
    return pyramid;
}

}  // namespace

static Binding binding("texture", [](nb::module_& module) {
    module.attr("MAX_LEVELS") = texture::MAX_LEVELS;
    module.def("build", [](Array<uint8_t> texels, Array<const int64_t> levels, int channels, bool srgb) {
        const texture::Pyramid pyramid = pyramid_of(texels.data(), levels, channels, false);
        nb::gil_scoped_release released;
        texture::build(texels.data(), pyramid, srgb);
    });
    module.def(
        "sample",
        [](Array<const uint8_t> texels, Array<const int64_t> levels, int channels, bool repeat, Array<const float> uv,
           const std::optional<Array<const float>>& level, Array<float> out) {
            const texture::Pyramid pyramid = pyramid_of(texels.data(), levels, channels, repeat);
            const int64_t pixels = static_cast<int64_t>(uv.shape(0));
            nb::gil_scoped_release released;
            texture::sample(pyramid, uv.data(), level ? level->data() : nullptr, pixels, out.data());
        },
        nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg());
    module.def("sample_surface",
               [](Array<const uint8_t> texels, Array<const int64_t> levels, int channels, bool repeat,
                  Array<const int32_t> ids, Array<const float> depth, Array<const float> barycentric,
                  Array<const float> position, Array<const int32_t> triangle, Array<const float> uv,
                  Array<const int32_t> uv_triangle, float focal, float bias, float empty, Array<float> out,
                  Array<float> level) {
                   const texture::Pyramid pyramid = pyramid_of(texels.data(), levels, channels, repeat);
                   const texture::Surface surface{ids.data(),
                                                  depth.data(),
                                                  barycentric.data(),
                                                  static_cast<int64_t>(ids.size()),
                                                  position.data(),
                                                  triangle.data(),
                                                  static_cast<int64_t>(triangle.shape(0)),
                                                  uv.data(),
                                                  uv_triangle.data(),
                                                  focal,
                                                  bias,
                                                  empty,
                                                  nullptr};
                   nb::gil_scoped_release released;
                   texture::sample_surface(pyramid, surface, out.data(), level.data());
               });
});

}  // namespace avatron
