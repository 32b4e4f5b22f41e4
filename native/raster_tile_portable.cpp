#define RASTER_NAMESPACE portable
#define RASTER_LANES 4
#include "raster_tile.h"
