#define YUV_NAMESPACE avx512
#include "yuv_rows.h"
