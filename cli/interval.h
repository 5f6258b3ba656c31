#pragma once

#include "cli/verb.h"

#include <stdint.h>

/*
 * "2", "2s", "500ms" or "1min", from 10 ms to a day, in microseconds. `option` is what the command line calls it;
 * NULL for `text` leaves `*ret` as it is. EXIT_USAGE: it was said what is wrong.
 */
enum exit_status interval_parse(const struct verb *verb, const char *option, const char *text,
				uint64_t *ret);

/* Microseconds of a clock that nobody sets. */
uint64_t interval_now(void);

/* Waits until that time; the deadline is passed already if everything took longer. */
void interval_wait_until(uint64_t deadline);
