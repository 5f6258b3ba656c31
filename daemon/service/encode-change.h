#pragma once

#include "daemon/control/transaction/change.h"

#include <jansson.h>

/* What methods that change something reply, from a struct change_result; a new reference, NULL without memory. */
json_t *change_result_encode(const void *result);
