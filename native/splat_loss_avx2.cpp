#define SPLAT_LOSS_NAMESPACE avatron::splats::avx2
#include "splat_loss_rows.h"
