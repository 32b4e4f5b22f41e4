#include "yuv.h"

#include "cpu.h"
#include "pool.h"

namespace avatron::yuv {

namespace {

// Pairs of rows; half a millisecond of work is not worth waking a thread for, so small pictures are one piece.
constexpr int64_t pair_grain = 270;

using ConvertPairs = void (*)(const Picture&, int64_t, int64_t);

ConvertPairs chosen() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (active_instruction_set() == InstructionSet::avx512) return avx512::convert_pairs;
    if (active_instruction_set() == InstructionSet::avx2) return avx2::convert_pairs;
#endif
    return portable::convert_pairs;
}

}  // namespace

void convert(const Picture& picture) {
    const ConvertPairs convert_pairs = chosen();
    parallel_for((picture.height + 1) / 2, pair_grain,
                 [&](int64_t begin, int64_t end) { convert_pairs(picture, begin, end); });
}

}  // namespace avatron::yuv
