#define TRACK_NAMESPACE avx2
#include "track_landmarks_frame.h"
