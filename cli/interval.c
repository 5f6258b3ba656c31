// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/interval.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MINIMUM 10000.0
#define MAXIMUM 86400e6

static const struct {
	const char *name;
	double usec;
} units[] = {
	{ "", 1e6 }, { "s", 1e6 }, { "sec", 1e6 }, { "ms", 1e3 }, { "m", 60e6 }, { "min", 60e6 },
};

enum exit_status interval_parse(const struct verb *verb, const char *option, const char *text,
				uint64_t *ret)
{
	double usec = NAN;
	char *end;
	double amount;

	if (!text)
		return EXIT_DONE;
	amount = strtod(text, &end);
	for (size_t i = 0; end != text && i < array_size(units); i++)
		if (!strcmp(units[i].name, end))
			usec = amount * units[i].usec;
	if (!(usec >= MINIMUM && usec <= MAXIMUM))
		return usage(verb,
			     "--%s takes a time such as 1s, 500ms or 5min, at least 10ms, not '%s'",
			     option, text);
	*ret = usec;
	return EXIT_DONE;
}

uint64_t interval_now(void)
{
	return clock_usec(CLOCK_MONOTONIC);
}

void interval_wait_until(uint64_t deadline)
{
	const struct timespec until = { deadline / 1000000, deadline % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}
