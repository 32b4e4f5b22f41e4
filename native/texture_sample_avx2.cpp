#define TEXTURE_NAMESPACE avx2
#include "texture_sample.h"
