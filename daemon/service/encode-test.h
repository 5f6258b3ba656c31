#pragma once

#include "daemon/control/transaction/change.h"

#include <jansson.h>

/* What Test replies; a new reference, NULL without memory. */
json_t *packet_tests_encode(const struct change_result *result);
