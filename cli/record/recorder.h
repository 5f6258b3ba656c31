// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/client.h"

#include <jansson.h>

struct recorder_options {
	const char *socket;
	const char *directory;	/* NULL: the usual one */
	uint64_t size;		/* bytes of the ring */
	const char *expression; /* NULL: none */
};

/*
 * Records packets until a signal ends it (SIGTERM, SIGINT, SIGHUP), also across restarts of the daemon and while the
 * device does not exist. Calls `begun` once, when the first trace has begun, with what 'record start' reports;
 * if that returns false, it ends. EXIT_REFUSED: it did not begin, and `*ret` is the refusal. Other statuses
 * are those of client_call(), before it has begun.
 */
enum exit_status recorder_run(const struct recorder_options *options,
			      const struct trace_request *request,
			      bool (*begun)(void *userdata, const json_t *answer), void *userdata,
			      json_t **ret);
