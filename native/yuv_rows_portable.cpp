#define YUV_NAMESPACE portable
#include "yuv_rows.h"
