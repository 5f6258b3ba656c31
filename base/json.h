// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/string-list.h"
#include "base/verdict.h"

#include <jansson.h>

/* ["pass", "tx"]; a new reference, NULL: out of memory. */
json_t *verdicts_encode(verdict_set set);

/* ["a", "b"], or NULL for an empty list. strings_decode() is false if the value is not such a list. */
json_t *strings_encode(const struct strings *list);
bool strings_decode(const json_t *json, struct strings *ret);

/* Text from outside, such as a file name: bytes that are not UTF-8 become question marks. */
json_t *text_encode(const char *text);

/* The same, and frees the text; NULL stays NULL. */
json_t *text_take(char *text);
