#define SPLAT_LOSS_NAMESPACE avatron::splats::portable
#include "splat_loss_rows.h"
