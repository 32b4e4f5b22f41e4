// One function per kind of surface: sixteen surface points in, linear light out. Included once per instruction set.
//
// The look follows what portraits need most, in that order: occluded environment light, the key light's shadow, a
// rim light, wet and shaded eyes, then subsurface scattering and relief.
#pragma once

#include "shade_cloth.h"
#include "shade_eye.h"
#include "shade_hair.h"
#include "shade_mouth.h"
#include "shade_plain.h"
#include "shade_skin.h"
