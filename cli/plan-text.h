// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>
#include <stdbool.h>

/*
 * Prints what was or would be done on each device, and the warnings; `with_counts`: and the totals in a last
 * line.
 */
void plans_show(const json_t *parameters, bool with_counts);

/* Does the reply to Apply have a device whose chain changed, or would change? */
bool plans_change_anything(const json_t *parameters);
