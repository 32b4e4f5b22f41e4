#include "module.h"

namespace avatron {

namespace {
// A plain pointer, so that it is zero before any constructor of another file runs.
Binding* first_binding = nullptr;
}  // namespace

Binding::Binding(const char* name, Bind bind) : name(name), bind(bind), next(first_binding) { first_binding = this; }

}  // namespace avatron

NB_MODULE(_native, module) {
    module.doc() = "The kernels of avatron. Call them through avatron.native, which checks what they are given.";
    for (avatron::Binding* binding = avatron::first_binding; binding != nullptr; binding = binding->next) {
        nanobind::module_ submodule = module.def_submodule(binding->name);
        binding->bind(submodule);
    }
}
