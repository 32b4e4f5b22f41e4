#define TEXTURE_NAMESPACE avx512
#include "texture_sample.h"
