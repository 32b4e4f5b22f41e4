#define RASTER_NAMESPACE avx512
#define RASTER_LANES 16
#include "raster_tile.h"
