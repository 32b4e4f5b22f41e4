#define SPLAT_ADAM_NAMESPACE avatron::splats::avx512
#include "splat_adam_rows.h"
