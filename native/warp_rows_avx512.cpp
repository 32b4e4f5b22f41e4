#define WARP_NAMESPACE avx512
#include "warp_rows.h"
