// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/verb.h"
#include "ipc/record-interface.h"

#define OPTION_RECORDED                                                                    \
	{                                                                                  \
		"dev", "NAME", "device", "network device (default: the only one recorded)" \
	}
#define OPTION_RECORDED_NETNS                                                        \
	{                                                                            \
		"netns", "NAME|PATH", "netns",                                       \
			"network namespace of the device, or 'default' for xdpd's\n" \
			"(default: any)"                                             \
	}
#define OPTION_DIRECTORY                                                                   \
	{                                                                                  \
		"directory", "DIR", NULL,                                                  \
			"directory of the recordings (default: /run/xdpd-record for root)" \
	}

static const struct option_row start_options[] = {
	{ "dev", "NAME", "device", "network device" },
	OPTION_NETNS,
	{ "size", "SIZE", NULL, "keep the newest packets in so much memory (default: 64M)" },
	{ "sample", "N", "sample", "one packet in N, chosen at random (default: 1)" },
	{ "snaplen", "BYTES", "snaplen", "copy so many bytes of each packet (default: 128)" },
	{ "drops", NULL, NULL, "only packets that are dropped or aborted" },
	{ "verdict", "LIST", "verdicts",
	  "only packets that leave the chain with one of these verdicts" },
	{ "component", "NAME", "component",
	  "only packets that leave the chain after this component" },
	{ "foreground", NULL, NULL, "record until interrupted, instead of in the background" },
	OPTION_DIRECTORY,
	{},
};

static const struct option_row save_options[] = {
	OPTION_RECORDED,
	OPTION_RECORDED_NETNS,
	{ "last", "TIME", NULL, "only the newest packets, of the last TIME, such as 60s or 5min" },
	OPTION_DIRECTORY,
	{},
};

static const struct option_row stop_options[] = {
	OPTION_RECORDED,
	OPTION_RECORDED_NETNS,
	{ "discard", NULL, NULL, "also delete what was recorded" },
	OPTION_DIRECTORY,
	{},
};

static const struct option_row status_options[] = {
	OPTION_RECORDED,
	OPTION_RECORDED_NETNS,
	OPTION_DIRECTORY,
	{},
};

#define HELPER "xdpd-record"

const struct verb verb_record_start = {
	.name = "record start",
	.operands = { "[EXPRESSION...]" },
	.summary = "Keep the newest packets of a device, to be saved when needed.",
	.method = METHOD_TRACE,
	.helper = HELPER,
	.options = start_options,
};

const struct verb verb_record_save = {
	.name = "record save",
	.operands = { "FILE" },
	.summary = "Write the packets that a recorder has kept to a file.",
	.local = &record_save_method,
	.helper = HELPER,
	.options = save_options,
};

const struct verb verb_record_stop = {
	.name = "record stop",
	.summary = "End a recorder.",
	.local = &record_stop_method,
	.helper = HELPER,
	.options = stop_options,
};

const struct verb verb_record_status = {
	.name = "record status",
	.summary = "Show recorders, and recordings of recorders that have ended.",
	.local = &record_status_method,
	.helper = HELPER,
	.options = status_options,
};
