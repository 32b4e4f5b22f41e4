#define YUV_NAMESPACE avx2
#include "yuv_rows.h"
