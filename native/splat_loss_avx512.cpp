// GCC 12's own headers trip over this warning (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#define SHADE_ISA 2
#define SHADE_NAMESPACE avatron::splats::avx512
#include "splat_loss_rows.h"
