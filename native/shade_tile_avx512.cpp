// GCC 12's own headers trip over this warning (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#define SHADE_ISA 2
#define SHADE_NAMESPACE shade::avx512
#include "shade_cast.h"
#include "shade_key.h"
#include "shade_tile.h"
