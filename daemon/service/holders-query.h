// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/graph/graph.h"
#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/service/peer.h"

/*
 * Searches for other processes and programs that hold what is in a graph: in /proc, in bpffs and among all
 * that the kernel has loaded. A thread searches for one client's graph after the other.
 */
struct holders_query;

/* `own` are the daemon's pins, and must outlive the query. */
int holders_query_new(sd_event *loop, const struct pin_directories *own, struct holders_query **ret,
		      struct error *error);

/* Waits for the running search, at most that long; false: it still runs. NULL is fine. */
bool holders_query_stop(struct holders_query *query, uint64_t usec);

/* The same without a time limit, and frees the struct. NULL is fine. */
void holders_query_drop(struct holders_query **query);

/*
 * Adds the other holders to the graph, and sends it to the peer. Takes the graph, also on failure. Errors:
 * LimitExceeded if too many queries wait already.
 */
int holders_query_ask(struct holders_query *query, struct peer *peer, struct graph *graph,
		      struct error *error);

/* The peer has disconnected and gets no answer. */
void holders_query_forget(struct holders_query *query, const struct peer *peer);
