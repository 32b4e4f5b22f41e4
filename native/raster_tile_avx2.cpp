#define RASTER_NAMESPACE avx2
#define RASTER_LANES 8
#include "raster_tile.h"
