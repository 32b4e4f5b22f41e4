#define TRACK_NAMESPACE avx2
#include "track_banded.h"
