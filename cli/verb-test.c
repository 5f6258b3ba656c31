// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/verb.h"

static const struct option_row options[] = {
	{ "dev", "NAME", "devices", "test the chain that runs on this device (repeatable)" },
	OPTION_NETNS,
	{ "diff", NULL, NULL,
	  "compare the file's chains with those that run: exit status 1 if any\n"
	  "packet would be treated differently, 2 if the test is refused" },
	OPTION_ALLOW_MAP_CHANGE,
	{},
};

const struct verb verb_test = {
	.name = "test",
	.operands = { "[CHAINS]", "CAPTURE" },
	.summary = "Run the packets of a capture through a copy of a chain.",
	.method = METHOD_TEST,
	.helper = "xdpd-test",
	.options = options,
};
