#define TRACK_NAMESPACE portable
#include "track_landmarks_frame.h"
