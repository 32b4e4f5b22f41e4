#define SPLAT_ADAM_NAMESPACE avatron::splats::avx2
#include "splat_adam_rows.h"
