#define SHADE_ISA 0
#define SHADE_NAMESPACE shade::portable
#include "shade_cast.h"
#include "shade_key.h"
#include "shade_tile.h"
