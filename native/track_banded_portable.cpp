#define TRACK_NAMESPACE portable
#include "track_banded.h"
