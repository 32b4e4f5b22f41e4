#define SPLAT_LOSS_NAMESPACE avatron::splats::avx512
#include "splat_loss_rows.h"
