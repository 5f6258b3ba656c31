// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/change.h"

#include <jansson.h>

/*
 * Encodes a struct change_result as the reply of methods that change something. Returns a new reference, or
 * NULL without memory.
 */
json_t *change_result_encode(const void *result);
