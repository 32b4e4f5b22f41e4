#define SHADE_ISA 1
#define SHADE_NAMESPACE avatron::splats::avx2
#include "splat_loss_rows.h"
