#include <algorithm>

#include "head.h"
#include "module.h"

namespace avatron {

namespace {

template <typename Element>
std::vector<Element> copied(const Array<const Element>& array) {
    return std::vector<Element>(array.data(), array.data() + array.size());
}

using ConstFloats = Array<const float>;
using ConstRows = Array<const int32_t>;
using Numbers = Array<const double>;

std::vector<head::Point> points(const ConstFloats& array) {
    std::vector<head::Point> result;
    result.reserve(array.shape(0));
    for (size_t row = 0; row < array.shape(0); ++row) {
        const float* place = array.data() + 3 * row;
        result.push_back({place[0], place[1], place[2], 0});
    }
    return result;
}

std::array<double, 3> three(const double* numbers) { return {numbers[0], numbers[1], numbers[2]}; }

head::Arch arch_of(const ConstFloats& radius, const double* numbers) {
    head::Arch arch;
    arch.axis_z = static_cast<float>(numbers[0]);
    arch.lowest = static_cast<float>(numbers[1]);
    arch.cell_m = static_cast<float>(numbers[2]);
    arch.cell_rad = static_cast<float>(numbers[3]);
    arch.widest_rad = static_cast<float>(numbers[4]);
    arch.rows = static_cast<int32_t>(radius.shape(0));
    arch.columns = static_cast<int32_t>(radius.shape(1));
    arch.radius = copied(radius);
    arch.outermost = *std::max_element(arch.radius.begin(), arch.radius.end());
    return arch;
}

}  // namespace

// `numbers` are in the order of `avatron.native.head`.
static Binding binding("head", [](nb::module_& module) {
    nb::class_<head::Head>(module, "Head")
        .def(nb::init<>())
        .def("set_skeleton",
             [](head::Head& self, ConstFloats rest, ConstFloats joint_weights, int32_t head_joint, int32_t jaw_joint) {
                 self.rest = points(rest);
                 self.joint_weights = copied(joint_weights);
                 self.head_joint = head_joint;
                 self.jaw_joint = jaw_joint;
             })
        .def("set_shapes",
             [](head::Head& self, Array<const int64_t> start, ConstRows index, ConstFloats delta) {
                 self.shapes = {copied(start), copied(index), points(delta)};
             })
        .def("set_balance",
             [](head::Head& self, int32_t close, int32_t jaw, ConstRows blinks, ConstRows gazes, ConstRows tongue,
                ConstRows pairs, ConstFloats full, float press, float seal_from) {
                 self.balance = {close,         jaw,          copied(blinks), copied(gazes), copied(tongue),
                                 copied(pairs), copied(full), press,          seal_from};
             })
        .def("add_lid_seam",
             [](head::Head& self, ConstRows upper, ConstRows lower, ConstRows vertices, ConstFloats follow,
                ConstFloats opening, Numbers numbers) {
                 const double* given = numbers.data();
                 self.lid_seams.push_back({copied(upper), copied(lower), copied(vertices), copied(follow),
                                           copied(opening), given[0], given[1], given[2], given[3], given[4]});
             })
        .def("add_lid_ball",
             [](head::Head& self, ConstRows vertices, ConstFloats centre, ConstFloats least) {
                 const float* place = centre.data();
                 self.lid_balls.push_back({copied(vertices), {place[0], place[1], place[2], 0}, copied(least)});
             })
        .def("set_lips",
             [](head::Head& self, ConstRows vertices, int64_t upper_count, ConstFloats upper_wall,
                ConstFloats lower_wall, Numbers walls, ConstFloats upper_least, ConstFloats lower_least) {
                 self.lips.vertices = copied(vertices);
                 self.lips.upper_count = upper_count;
                 self.lips.arches = {arch_of(upper_wall, walls.data()), arch_of(lower_wall, walls.data() + 5)};
                 self.lips.least = {copied(upper_least), copied(lower_least)};
             })
        .def("set_lip_seam",
             [](head::Head& self, ConstRows upper, ConstRows lower, ConstRows opposite, Array<const uint8_t> in_middle,
                ConstFloats spread_upper, ConstFloats spread_lower, ConstFloats rest_upper, ConstFloats rest_lower,
                Numbers numbers) {
                 float given[5];
                 std::copy_n(numbers.data(), 5, given);
                 self.lips.seam = {copied(upper),      copied(lower),        copied(opposite),
                                   copied(in_middle),  copied(spread_upper), copied(spread_lower),
                                   copied(rest_upper), copied(rest_lower),   given[0],
                                   given[1],           given[2],             given[3],
                                   given[4]};
             })
        .def("set_tongue",
             [](head::Head& self, ConstRows vertices, ConstRows upper_lip, ConstRows lower_lip, Numbers edges,
                Numbers numbers) {
                 const double* given = numbers.data();
                 self.tongue = {copied(vertices), copied(upper_lip), copied(lower_lip), three(edges.data()),
                                three(edges.data() + 3), given[0], given[1], given[2], given[3], given[4], given[5],
                                given[6], given[7]};
             })
        .def("move", [](const head::Head& self, ConstFloats expression, Numbers rotations, Numbers translations,
                        Array<float> out) {
            const int64_t expressions = static_cast<int64_t>(expression.size());
            const int64_t joints = static_cast<int64_t>(translations.shape(0));
            nb::gil_scoped_release released;
            self.move(expression.data(), expressions, rotations.data(), translations.data(), joints, out.data());
        });
});

}  // namespace avatron
