#define TRACK_NAMESPACE avx512
#include "track_banded.h"
