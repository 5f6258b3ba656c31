// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/verb.h"

static const struct option_row options[] = {
	{ "dev", "NAME", "device", "network device" },
	OPTION_NETNS,
	{ "drops", NULL, NULL, "only packets that are dropped or aborted" },
	{ "verdict", "LIST", "verdicts",
	  "only packets that leave the chain with one of these verdicts" },
	{ "component", "NAME", "component",
	  "only packets that leave the chain after this component" },
	{ "sample", "N", "sample", "one packet in N, chosen at random (default: 1)" },
	{ "journey", NULL, "journey",
	  "show packets also as they arrive, and after each component" },
	{ "snaplen", "BYTES", "snaplen", "copy so many bytes of each packet (default: 128)" },
	{ "count", "N", NULL, "end after N packets (default: until interrupted)", 'c' },
	{ "seconds", "TIME", "seconds",
	  "end after TIME, such as 30s or 5min; 0: never (default: 1h)" },
	{ "write", "FILE", NULL,
	  "write pcapng, which Wireshark reads, to FILE, or to stdout with '-'", 'w' },
	{},
};

const struct verb verb_trace = {
	.name = "trace",
	.operands = { "[EXPRESSION...]" },
	.summary = "Show packets of a device, and which component decided about them.",
	.method = METHOD_TRACE,
	.helper = "xdpd-trace",
	.options = options,
};
