// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/client.h"
#include "cli/trace/capture-file.h"
#include "cli/trace/session.h"
#include "cli/trace/sighting.h"

/* What the user wants to have shown. */
struct trace_options {
	bool json;
	bool journey;
	bool chooses;		/* only packets that leave the chain in certain ways are shown */
	uint64_t count;		/* of packets, after which the trace ends; 0: no limit */
	const char *path;	/* of the pcapng file; "-": stdout; NULL: lines on stdout */
	const char *expression; /* NULL: none */
	uint32_t snaplen;
};

/*
 * Traces until the daemon, the user or the count ends it, and prints or writes the packets. EXIT_REFUSED:
 * `*ret` is the refusal. Also says on stderr when the trace begins, why it ended, and how many records were
 * lost.
 */
enum exit_status trace_run(const char *socket_path, const struct trace_request *request,
			   const struct trace_options *options, json_t **ret);
