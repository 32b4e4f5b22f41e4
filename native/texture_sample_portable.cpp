#define TEXTURE_NAMESPACE portable
#include "texture_sample.h"
