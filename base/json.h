#pragma once

#include "base/string-list.h"
#include "base/verdict.h"

#include <jansson.h>

/* ["pass", "tx"]; a new reference, NULL without memory. */
json_t *verdicts_encode(verdict_set set);

/* ["a", "b"], NULL for an empty list; the other way, false if it is no such list. */
json_t *strings_encode(const struct strings *list);
bool strings_decode(const json_t *json, struct strings *ret);

/* Text from outside, as of a file name: bytes that are no UTF-8 become question marks. */
json_t *text_encode(const char *text);

/* The same of a text that is taken over; NULL stays NULL. */
json_t *text_take(char *text);
