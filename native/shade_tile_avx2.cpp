#define SHADE_ISA 1
#define SHADE_NAMESPACE shade::avx2
#include "shade_cast.h"
#include "shade_key.h"
#include "shade_tile.h"
