#define SPLAT_ADAM_NAMESPACE avatron::splats::portable
#include "splat_adam_rows.h"
