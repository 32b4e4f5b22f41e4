#include "track_landmarks.h"

#include "cpu.h"

namespace avatron::track {

#define TRACK_DECLARE(set)                                                                                          \
    namespace set {                                                                                                 \
    void frame_normals(const Person&, const Lens&, const Frame&, float, bool, float*, const Normals&);              \
    bool solve_banded(const Banded&, double*, double*);                                                             \
    }
TRACK_DECLARE(portable)
TRACK_DECLARE(avx2)
TRACK_DECLARE(avx512)

int64_t scratch_floats(const Person& person, bool lens) {
    const int64_t columns = 6 + person.shapes + 4 + (lens ? 2 : 0);
    const int64_t stride = (columns + ROW_PAD - 1) / ROW_PAD * ROW_PAD;
    return 3 * person.landmarks + ROW_PAD + 2 * person.landmarks * (stride + 1) + stride * stride;
}

FrameNormals frame_normals() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (active_instruction_set() == InstructionSet::avx512) return avx512::frame_normals;
    if (active_instruction_set() == InstructionSet::avx2) return avx2::frame_normals;
#endif
    return portable::frame_normals;
}

SolveBanded solve_banded() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (active_instruction_set() == InstructionSet::avx512) return avx512::solve_banded;
    if (active_instruction_set() == InstructionSet::avx2) return avx2::solve_banded;
#endif
    return portable::solve_banded;
}

}  // namespace avatron::track
