#define TRACK_NAMESPACE avx512
#include "track_landmarks_frame.h"
