// Which vector instructions the kernels use.
#pragma once

namespace avatron {

enum class InstructionSet : int { portable = 0, avx2 = 1, avx512 = 2 };

// The widest set that this processor and this build have.
InstructionSet best_instruction_set();

// The set in use: the best one, unless a test chose a narrower one.
InstructionSet active_instruction_set();

}  // namespace avatron
