#pragma once

#include <jansson.h>
#include <stdbool.h>

/*
 * What was or would be done, for each device, and what to be careful of. `with_counts`: and how much, in a
 * last line.
 */
void plans_show(const json_t *parameters, bool with_counts);
