#include "cli/verbs.h"

static const struct option_row options[] = {
	{ "dev", "NAME", "devices", "try the chain that runs there; several times for several" },
	OPTION_NETNS,
	{ "diff", NULL, NULL,
	  "compare the chains of the file with those that run; exit status 1\n"
	  "if any packet would be treated differently, 2 if it is refused" },
	OPTION_ALLOW_MAP_CHANGE,
	{},
};

const struct verb verb_test = {
	.name = "test",
	.operands = { "[CHAINS]", "CAPTURE" },
	.summary = "Runs the packets of a capture through a copy of a chain; no device sees them.",
	.method = METHOD_TEST,
	.helper = "xdpd-test",
	.options = options,
};
