// How a family of kernels adds itself to the extension module.
//
//     static avatron::Binding binding("raster", [](nanobind::module_& module) { module.def(...); });
//
// at the end of `raster_module.cpp` makes `avatron._native.raster`. No list has to be kept anywhere else.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

namespace avatron {

namespace nb = nanobind;

struct Binding {
    using Bind = void (*)(nb::module_&);
    Binding(const char* name, Bind bind);

    const char* name;
    Bind bind;
    Binding* next;
};

// C-contiguous arrays on the CPU, as the Python faces hand them over: they have checked the shapes already.
template <typename T>
using Array = nb::ndarray<T, nb::c_contig, nb::device::cpu>;

}  // namespace avatron
