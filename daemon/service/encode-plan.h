// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/plan.h"

#include <jansson.h>

/* Encodes a plan as the interface's DevicePlan. Returns a new reference, or NULL without memory. */
json_t *plan_encode(const struct plan *plan);
