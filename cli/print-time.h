// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>
#include <stdio.h>

/*
 * Prints a local time of CLOCK_REALTIME: `format` as in strftime(3), then the fraction of the second, for example
 * ".250" with 3 digits; at most 9 digits. Prints nothing for a time that has no local time.
 */
void print_local_time(FILE *file, const char *format, uint64_t nanoseconds, unsigned int digits);
