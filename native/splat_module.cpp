#include <vector>

#include "module.h"
#include "splat_frame.h"

namespace avatron {

namespace {

using Floats = Array<const float>;

uint8_t* bytes_of(nb::handle array) { return nb::cast<Array<uint8_t>>(array).data(); }

// Sixteen numbers: rotation, translation, focal lengths, centre.
splats::View view_of(const Array<const double>& camera, int64_t width, int64_t height) {
    const double* given = camera.data();
    splats::View view{};
    for (int k = 0; k < 9; ++k) view.rotation[k] = static_cast<float>(given[k]);
    for (int k = 0; k < 3; ++k) view.translation[k] = static_cast<float>(given[9 + k]);
    view.focal_x = static_cast<float>(given[12]), view.focal_y = static_cast<float>(given[13]);
    view.centre_x = static_cast<float>(given[14]), view.centre_y = static_cast<float>(given[15]);
    view.width = static_cast<int32_t>(width), view.height = static_cast<int32_t>(height);
    return view;
}

splats::Options options_of(const nb::tuple& given) {
    return {nb::cast<float>(given[0]), nb::cast<float>(given[1]), nb::cast<float>(given[2]), nb::cast<bool>(given[3]),
            nb::cast<float>(given[4])};
}

const float* optional(const nb::object& array) { return array.is_none() ? nullptr : nb::cast<Floats>(array).data(); }

splats::Picture picture_of(const Array<float>& image, const Array<float>& alpha, const nb::object& background) {
    const bool pictured = !background.is_none() && nb::cast<Floats>(background).ndim() == 3;
    return {image.data(), alpha.data(), optional(background), pictured, nullptr, nullptr};
}

struct World {
    splats::World arrays;
    int64_t count;
    int32_t channels;
};

World world_of(const nb::tuple& given) {
    const auto array = [&](int at) { return nb::cast<Floats>(given[at]); };
    return {{array(0).data(), array(1).data(), array(2).data(), array(3).data(), array(4).data()},
            static_cast<int64_t>(array(0).shape(0)),
            static_cast<int32_t>(array(4).shape(1))};
}

struct Rig {
    splats::Rig arrays;
    int64_t count;
};

// Corrections as floats, or `halves`: as numbers of half precision, whose bits an array of integers holds.
Rig rig_of(const nb::tuple& given, bool halves = false) {
    const auto array = [&](int at) { return nb::cast<Floats>(given[at]); };
    splats::Rig rig{};
    rig.positions = array(0).data(), rig.quaternions = array(1).data(), rig.log_scales = array(2).data();
    rig.logits = array(3).data(), rig.colours = array(4).data();
    rig.triangle = nb::cast<Array<const int32_t>>(given[5]).data();
    if (halves)
        rig.half_corrections = nb::cast<Array<const uint16_t>>(given[6]).data();
    else
        rig.corrections = array(6).data();
    rig.coefficients = array(7).data();
    rig.ranks = static_cast<int32_t>(array(7).shape(0));
    rig.response = array(8).data(), rig.features = array(9).data();
    rig.responses = static_cast<int32_t>(array(9).shape(1));
    return {rig, static_cast<int64_t>(array(0).shape(0))};
}

splats::PictureGradients given_of(const nb::tuple& given) {
    return {nb::cast<Floats>(given[0]).data(), nb::cast<Floats>(given[1]).data(), nb::cast<Floats>(given[2]).data(),
            optional(given[3])};
}

}  // namespace

static Binding binding("splats", [](nb::module_& module) {
    module.attr("MAX_SIZE") = splats::MAX_SIZE;
    module.attr("MAX_CHANNELS") = splats::MAX_CHANNELS;
    nb::class_<splats::Frame>(module, "Frame")
        .def(nb::init<>())
        .def_prop_ro("entry_count", &splats::Frame::entry_count)
        .def("draw_world",
             [](splats::Frame& frame, nb::tuple world, Array<const double> camera, nb::tuple options,
                nb::object background, Array<float> image, Array<float> alpha) {
                 const World gaussians = world_of(world);
                 const splats::View view =
                     view_of(camera, static_cast<int64_t>(alpha.shape(1)), static_cast<int64_t>(alpha.shape(0)));
                 const splats::Options chosen = options_of(options);
                 const splats::Picture picture = picture_of(image, alpha, background);
                 nb::gil_scoped_release released;
                 return frame.draw_world(gaussians.arrays, gaussians.count, gaussians.channels, view, chosen, picture);
             },
             nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg())
        .def("backward_world",
             [](splats::Frame& frame, nb::tuple world, nb::tuple given, nb::tuple target) {
                 const World gaussians = world_of(world);
                 const splats::PictureGradients pixels = given_of(given);
                 const auto array = [&](int at) { return nb::cast<Array<float>>(target[at]).data(); };
                 const splats::WorldGradients out{array(0), array(1), array(2), array(3), array(4), array(5), bytes_of(target[6])};
                 nb::gil_scoped_release released;
                 frame.backward_world(gaussians.arrays, pixels, out);
             })
        .def("draw_rig",
             [](splats::Frame& frame, nb::tuple rig, Floats vertices, Array<const int32_t> triangles,
                Array<const double> camera, nb::tuple options, nb::object background, Array<float> image,
                Array<float> alpha) {
                 const Rig gaussians = rig_of(rig);
                 const splats::View view =
                     view_of(camera, static_cast<int64_t>(alpha.shape(1)), static_cast<int64_t>(alpha.shape(0)));
                 const splats::Options chosen = options_of(options);
                 const splats::Picture picture = picture_of(image, alpha, background);
                 nb::gil_scoped_release released;
                 return frame.draw_rig(gaussians.arrays, vertices.data(), triangles.data(),
                                       static_cast<int64_t>(triangles.shape(0)), gaussians.count, view, chosen, picture);
             },
             nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg())
        // With corrections of half precision; `target` is (image, alpha), or bytes before bytes.
        .def("play_rig",
             [](splats::Frame& frame, nb::tuple rig, Floats vertices, Array<const int32_t> triangles,
                Array<const double> camera, nb::tuple options, nb::object behind, nb::object target) {
                 const Rig gaussians = rig_of(rig, true);
                 const splats::Options chosen = options_of(options);
                 splats::Picture picture{};
                 splats::View view{};
                 if (nb::isinstance<nb::tuple>(target)) {
                     const auto image = nb::cast<Array<float>>(target[0]), alpha = nb::cast<Array<float>>(target[1]);
                     picture = picture_of(image, alpha, behind);
                     view = view_of(camera, static_cast<int64_t>(alpha.shape(1)), static_cast<int64_t>(alpha.shape(0)));
                 } else {
                     const auto bytes = nb::cast<Array<uint8_t>>(target);
                     picture.bytes = bytes.data();
                     picture.bytes_behind = behind.is_none() ? nullptr : nb::cast<Array<const uint8_t>>(behind).data();
                     view = view_of(camera, static_cast<int64_t>(bytes.shape(1)), static_cast<int64_t>(bytes.shape(0)));
                 }
                 nb::gil_scoped_release released;
                 return frame.draw_rig(gaussians.arrays, vertices.data(), triangles.data(),
                                       static_cast<int64_t>(triangles.shape(0)), gaussians.count, view, chosen, picture);
             },
             nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg())
        // Of several frames, each with its vertices, coefficients, image and alpha.
        .def_static("draw_rigs",
                    [](nb::list pictures, nb::tuple rig, Array<const int32_t> triangles, Array<const double> camera,
                       nb::tuple options, nb::object background) {
                        const Rig gaussians = rig_of(rig);
                        std::vector<splats::Frame::RigPicture> drawn;
                        splats::View view{};
                        for (nb::handle item : pictures) {
                            const auto given = nb::cast<nb::tuple>(item);
                            const auto image = nb::cast<Array<float>>(given[3]), alpha = nb::cast<Array<float>>(given[4]);
                            view = view_of(camera, static_cast<int64_t>(alpha.shape(1)), static_cast<int64_t>(alpha.shape(0)));
                            drawn.push_back({nb::cast<splats::Frame*>(given[0]), nb::cast<Floats>(given[1]).data(),
                                             nb::cast<Floats>(given[2]).data(), picture_of(image, alpha, background)});
                        }
                        const splats::Options chosen = options_of(options);
                        nb::gil_scoped_release released;
                        return splats::Frame::draw_rigs(gaussians.arrays, drawn.data(), static_cast<int64_t>(drawn.size()),
                                                        triangles.data(), static_cast<int64_t>(triangles.shape(0)),
                                                        gaussians.count, view, chosen);
                    },
                    nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg().none())
        .def("backward_rig",
             [](splats::Frame& frame, nb::tuple rig, nb::tuple given, nb::tuple target, nb::object coefficients) {
                 const Rig gaussians = rig_of(rig);
                 const splats::PictureGradients pixels = given_of(given);
                 const auto array = [&](int at) { return nb::cast<Array<float>>(target[at]).data(); };
                 const splats::RigGradients out{array(0), array(1), array(2), array(3),          array(4),
                                                array(5), array(6), bytes_of(target[7]), nullptr};
                 double* sums = coefficients.is_none() ? nullptr : nb::cast<Array<double>>(coefficients).data();
                 nb::gil_scoped_release released;
                 frame.backward_rig(gaussians.arrays, pixels, out, sums);
             },
             nb::arg(), nb::arg(), nb::arg(), nb::arg().none());
});

}  // namespace avatron
