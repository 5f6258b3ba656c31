// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/client.h"
#include "cli/trace/rings.h"

/* A trace as its client sees it: the connection, the buffers that came with replies, and their records. */
struct trace_session {
	/* Gets each reply; `rings` already has the reply's buffers. */
	void (*heard)(void *userdata, const json_t *reply);
	void *userdata;
	json_t **ret; /* a refusal, as of client_call() */

	struct conversation conversation;
	struct rings rings;
	bool has_begun;	     /* there was a reply */
	uint64_t generation; /* which the latest reply describes */
	/* The first packets of a new generation come before the reply that describes it. */
	bool is_holding;
	struct ring_record held;
	uint64_t held_since;
	struct error error; /* a buffer cannot be used */
};

/*
 * Asks for the trace; it begins with the first reply. The caller has set the first three members and cleared
 * the others, does not move the session, and calls trace_session_end(), also after a failure. The exit status
 * is that of client_begin().
 */
enum exit_status trace_session_begin(struct trace_session *session, const char *socket_path,
				     const struct trace_request *request);

/*
 * Takes the next record, in the order of time; false: there is none, or it has to wait for the reply that
 * describes its generation.
 */
bool trace_session_take(struct trace_session *session, struct ring_record *ret);

/*
 * Waits until records, replies or signals have arrived, at most `timeout` milliseconds, and handles the
 * replies. `*ret_signal`: the descriptor `signals` can be read. Otherwise as client_process().
 */
enum exit_status trace_session_wait(struct trace_session *session, int signals, int timeout,
				    bool *ret_signal);

void trace_session_end(struct trace_session *session);
