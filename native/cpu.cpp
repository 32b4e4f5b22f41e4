#include "cpu.h"

#include <atomic>
#include <stdexcept>
#include <string>

#include <nanobind/stl/string.h>

#include "module.h"

namespace avatron {

namespace {

constexpr const char* names[] = {"portable", "avx2", "avx512"};
std::atomic<int> chosen{-1};

}  // namespace

InstructionSet best_instruction_set() {
#if defined(__x86_64__) && defined(__GNUC__)
    static const InstructionSet best = [] {
        const bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
        if (fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
            return InstructionSet::avx512;
        return fma ? InstructionSet::avx2 : InstructionSet::portable;
    }();
    return best;
#else
    return InstructionSet::portable;
#endif
}

InstructionSet active_instruction_set() {
    const int number = chosen.load(std::memory_order_relaxed);
    return number < 0 ? best_instruction_set() : static_cast<InstructionSet>(number);
}

static Binding binding("cpu", [](nb::module_& module) {
    module.def("best", [] { return names[static_cast<int>(best_instruction_set())]; });
    module.def("active", [] { return names[static_cast<int>(active_instruction_set())]; });
    module.def("choose", [](const std::string& name) {
        for (int number = 0; number < 3; ++number) {
            if (name == names[number] && number <= static_cast<int>(best_instruction_set())) {
                chosen.store(number, std::memory_order_relaxed);
                return;
            }
        }
        throw std::invalid_argument("instruction set " + name + " is not available here");
    });
});

}  // namespace avatron
