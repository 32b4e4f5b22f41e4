#define SHADE_ISA 0
#define SHADE_NAMESPACE avatron::splats::portable
#include "splat_loss_rows.h"
