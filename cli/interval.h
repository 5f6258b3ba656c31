// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

#include <stdint.h>

/*
 * Reads "2", "2s", "500ms" or "1min", from 10 ms to a day, as microseconds. `option` is its name on the
 * command line; if `text` is NULL, `*ret` is unchanged. EXIT_USAGE: the value is invalid, and the error was
 * printed.
 */
enum exit_status interval_parse(const struct verb *verb, const char *option, const char *text,
				uint64_t *ret);

/* Microseconds of a clock that cannot be set. */
uint64_t interval_now(void);

/* Waits until that time; returns at once if it has passed. */
void interval_wait_until(uint64_t deadline);
