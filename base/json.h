#pragma once

#include "base/verdict.h"

#include <jansson.h>

/* ["pass", "tx"]; a new reference, NULL without memory. */
json_t *verdicts_encode(verdict_set set);

/* Text from outside, as of a file name: bytes that are no UTF-8 become question marks. */
json_t *text_encode(const char *text);
