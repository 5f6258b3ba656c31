// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/print-time.h"

#include <time.h>

#define SECOND 1000000000 /* nanoseconds */

void print_local_time(FILE *file, const char *format, uint64_t nanoseconds, unsigned int digits)
{
	time_t seconds = (time_t)(nanoseconds / SECOND);
	struct tm local;
	char text[32], fraction[16];

	if (!localtime_r(&seconds, &local) || strftime(text, sizeof(text), format, &local) == 0)
		return;
	snprintf(fraction, sizeof(fraction), "%09u", (unsigned int)(nanoseconds % SECOND));
	fprintf(file, "%s.%.*s", text, (int)digits, fraction);
}
