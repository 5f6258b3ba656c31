#pragma once

#include "daemon/chain/plan.h"

#include <jansson.h>

/* A plan as the interface has it (DevicePlan); a new reference, NULL without memory. */
json_t *plan_encode(const struct plan *plan);
