#define WARP_NAMESPACE avx2
#include "warp_rows.h"
