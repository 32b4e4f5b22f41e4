#define WARP_NAMESPACE portable
#include "warp_rows.h"
