#include <memory>
#include <string>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "module.h"
#include "shade_bake.h"
#include "shade_portrait.h"

namespace avatron {

namespace {

using shade::Frame;
using shade::Portrait;
using shade::Surface;

template <typename T>
std::vector<T> copied(const Array<const T>& array) {
    return std::vector<T>(array.data(), array.data() + array.size());
}

shade::Texture texture_of(Portrait& portrait, const Array<const int32_t>& texels) {
    if (texels.size() == 0) return {};
    portrait.textures.push_back(copied(texels));
    return {portrait.textures.back().data(), static_cast<int32_t>(texels.shape(1)), static_cast<int32_t>(texels.shape(0))};
}

shade::Texture repeating_texture_of(Portrait& portrait, const Array<const int32_t>& texels) {
    if (texels.size() == 0) return {};
    const size_t height = texels.shape(0), width = texels.shape(1);
    std::vector<int32_t> padded((height + 1) * (width + 1));
    for (size_t y = 0; y <= height; ++y)
        for (size_t x = 0; x <= width; ++x)
            padded[y * (width + 1) + x] = texels.data()[y % height * width + x % width];
    portrait.textures.push_back(std::move(padded));
    return {portrait.textures.back().data(), static_cast<int32_t>(width), static_cast<int32_t>(height)};
}

}  // namespace

static Binding binding("shade", [](nb::module_& module) {
    module.attr("RECORD") = static_cast<int>(shade::RECORD);
    module.attr("TABLE_COSINES") = static_cast<int>(shade::LUT_COSINES);
    module.attr("TABLE_CURVATURES") = static_cast<int>(shade::LUT_CURVATURES);
    module.attr("TABLE_CURVATURE_MAX") = shade::LUT_CURVATURE_MAX;
    module.def("frame_fields", [] {
        nb::list fields;
#define SHADE_LIST(name, length) fields.append(nb::make_tuple(#name, length));
        SHADE_FRAME_FIELDS(SHADE_LIST)
#undef SHADE_LIST
        return fields;
    });
    nb::class_<Portrait>(module, "Portrait")
        .def(nb::init<>())
        .def("add_surface",
             [](Portrait& self, int kind, bool two_sided, bool behind_lips, Array<const int32_t> colour, Array<const int32_t> detail,
                Array<const int32_t> extra, Array<const int32_t> creases, Array<const float> parameters) {
                 Surface surface;
                 surface.kind = kind, surface.two_sided = two_sided, surface.behind_lips = behind_lips;
                 auto cloth = kind == shade::CLOTH ? repeating_texture_of : texture_of;
                 surface.colour = cloth(self, colour), surface.detail = cloth(self, detail);
                 surface.extra = kind == shade::SKIN ? repeating_texture_of(self, extra) : texture_of(self, extra);
                 surface.creases = texture_of(self, creases);
                 std::copy(parameters.data(), parameters.data() + parameters.size(), surface.parameters);
                 self.surfaces.push_back(surface);
                 return static_cast<int>(self.surfaces.size()) - 1;
             })
        .def("add_surface_like",
             [](Portrait& self, int surface) {
                 self.surfaces.push_back(Surface(self.surfaces.at(static_cast<size_t>(surface))));
                 return static_cast<int>(self.surfaces.size()) - 1;
             })
        .def("set_mesh",
             [](Portrait& self, Array<const int32_t> triangles, int seen_count, int solid_count, int front_count,
                Array<const int32_t> casters,
                Array<const float> records, int head_vertices, Array<const float> rest,
                Array<const uint8_t> coarse) {
                 self.triangles = copied(triangles), self.seen_count = seen_count, self.solid_count = solid_count;
                 self.front_count = front_count;
                 self.surface_of.resize(self.triangles.size() / 4);
                 for (size_t at = 0; at < self.surface_of.size(); ++at)
                     self.surface_of[at] = static_cast<uint8_t>(self.triangles[4 * at + 3]);
                 self.casters = copied(casters);
                 self.records = copied(records), self.head_vertices = head_vertices, self.rest = copied(rest);
                 self.coarse = copied(coarse);
                 self.choose_lit_vertices();
             })
        .def("set_skin_table", [](Portrait& self, Array<const float> table) { self.skin_table = copied(table); })
        .def("set_lids",
             [](Portrait& self, Array<const int32_t> left, Array<const int32_t> right) {
                 self.lid_triangles[0] = copied(left), self.lid_triangles[1] = copied(right);
             })
        .def("set_moving_light", [](Portrait& self, Array<const int32_t> vertices) { self.moving_light = copied(vertices); })
        .def("set_lips", [](Portrait& self, Array<const int32_t> rim) { self.lips = copied(rim); })
        .def("set_shadow_size", [](Portrait& self, int size) { self.shadow_size = size; })
        .def("draw",
             [](Portrait& self, Array<const float> positions, Array<const float> normals, Array<const float> light, Array<const float> creases,
                Array<const float> head, Array<const float> torso, bool from_anywhere, Array<const float> frame_values, Array<const uint8_t> background,
                Array<uint8_t> image) {
                 Portrait::Pose pose;
                 pose.head_positions = positions.data(), pose.head_normals = normals.data();
                 pose.light = light.size() == 0 ? nullptr : light.data();
                 pose.creases = creases.size() == 0 ? nullptr : creases.data();
                 std::copy(head.data(), head.data() + 12, pose.head);
                 std::copy(torso.data(), torso.data() + 12, pose.torso);
                 pose.from_anywhere = from_anywhere;
                 Frame frame;
                 static_assert(sizeof(Frame) % sizeof(float) == 0);
                 if (frame_values.size() * sizeof(float) != sizeof(Frame)) throw std::invalid_argument("frame values");
                 std::memcpy(static_cast<void*>(&frame), frame_values.data(), sizeof(Frame));
                 const uint8_t* behind = background.size() == 0 ? nullptr : background.data();
                 int32_t height = static_cast<int32_t>(image.shape(0)), width = static_cast<int32_t>(image.shape(1));
                 Portrait::Timing timing;
                 {
                     nb::gil_scoped_release released;
                     timing = self.draw(pose, frame, behind, image.data(), width, height);
                 }
                 return nb::make_tuple(timing.vertices_ms, timing.shadow_ms, timing.bins_ms, timing.tiles_ms);
             });
    module.def("bake_light", [](Array<const float> positions, Array<const float> normals, Array<const float> biases,
                                Array<const int32_t> triangles, Array<const float> directions, Array<const float> radiance,
                                Array<const float> rim_weight, int size, Array<float> irradiance, Array<float> occlusion,
                                Array<float> rim) {
        shade::BakeRequest request;
        request.positions = positions.data(), request.normals = normals.data(), request.biases = biases.data();
        request.vertices = static_cast<int32_t>(positions.shape(0)), request.triangles = triangles.data();
        request.triangle_count = static_cast<int32_t>(triangles.shape(0)), request.directions = directions.data();
        request.radiance = radiance.data(), request.rim_weight = rim_weight.data();
        request.direction_count = static_cast<int32_t>(directions.shape(0)), request.size = size;
        nb::gil_scoped_release released;
        shade::bake_light(request, irradiance.data(), occlusion.data(), rim.data());
    });
});

}  // namespace avatron
