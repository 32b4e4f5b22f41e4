// The kernels of the instruction set in use.
#pragma once

#include "cpu.h"
#include "shade_scene.h"

namespace shade {

struct Kernels {
    DrawTile draw_tile;
    CastTile cast_tile;
    LightVertices light_vertices;
    LightHair light_hair;
};

inline Kernels kernels() {
#if defined(__x86_64__) && defined(__GNUC__)
    switch (avatron::active_instruction_set()) {
        case avatron::InstructionSet::avx512:
            return {avx512::draw_tile, avx512::cast_tile, avx512::light_vertices, avx512::light_hair};
        case avatron::InstructionSet::avx2:
            return {avx2::draw_tile, avx2::cast_tile, avx2::light_vertices, avx2::light_hair};
        default: break;
    }
#endif
    return {portable::draw_tile, portable::cast_tile, portable::light_vertices, portable::light_hair};
}

}  // namespace shade
