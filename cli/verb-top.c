// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/verb.h"

static const struct option_row options[] = {
	{ "filter", "TEXT", NULL, "show only devices and components with TEXT in their names",
	  'f' },
	{ "interval", "TIME", NULL, "measure for TIME, such as 2s or 500ms (default: 1s)", 'i' },
	{ "sort", "packets|drops|name", NULL, "order of the devices (default: packets)", 's' },
	{ "batch", NULL, NULL, "print tables instead of using the screen, for pipes", 'b' },
	{ "latency", NULL, NULL, "also show how long each component takes, from traced packets",
	  'l' },
	{ "sample", "N", NULL, "with --latency: trace one packet in N (default: 100)" },
	{ "count", "N", NULL, "end after N tables or screens (default: until interrupted)", 'n' },
	{},
};

const struct verb verb_top = {
	.name = "top",
	.summary = "Show packets a second by device, component and verdict.",
	.method = METHOD_METRICS,
	.helper = "xdpd-top",
	.options = options,
};
