// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/record/ring-writer.h"
#include "cli/trace/session.h"

/* A trace that a recorder reads: what the daemon says about it, and its way into the ring. */
struct source {
	struct trace_session session;
	struct ring_writer *ring; /* not owned; not open until the first trace has begun */
	json_t *latest;		  /* reply; NULL: none yet */
	json_t *refusal;
	uint64_t n_lost;	 /* lost records that are in the ring */
	uint64_t recorded_until; /* time of the latest record, in nanoseconds since 1970; 0: none */
};

/*
 * Asks for a trace without a time limit, in the place of the request's; it has begun when `session.has_begun`.
 * `*ret` is set in any case; drop it with source_drop(). The exit status is that of trace_session_begin().
 */
enum exit_status source_new(struct ring_writer *ring, const char *socket_path,
			    const struct trace_request *request, struct source **ret);
void source_drop(struct source **source);

/* Does the trace go on after that status of trace_session_wait()? */
bool source_continues(const struct source *source, enum exit_status status);

/* Why it ended with that status, or did not begin. */
const char *source_end_reason(const struct source *source, enum exit_status status);

/* The device's latest name, and the path of its namespace, "" for the daemon's. */
const char *source_device(const struct source *source);
const char *source_netns(const struct source *source);

/* Copies some records to the ring; false: there may be more. */
bool source_drain(struct source *source);

/* Copies everything that is in the buffers now, without waiting for replies. */
void source_drain_all(struct source *source);

/* Ends the trace; its buffers can still be drained. */
void source_end(struct source *source);

/* Nanoseconds. */
uint64_t source_clock(clockid_t clock);
