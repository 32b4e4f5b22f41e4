#define SHADE_ISA 2
#define SHADE_NAMESPACE shade::avx512
#include "shade_cast.h"
#include "shade_tile.h"
