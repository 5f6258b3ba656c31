#pragma once

#include "daemon/graph/graph.h"
#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/service/peer.h"

/*
 * Looks, beside the loop, for other processes and programs that hold what is in a graph: in /proc, in bpffs
 * and in all that the kernel has loaded, one client's graph after the other.
 */
struct holders_query;

/* `own` are the daemon's pins, and must outlive it. */
int holders_query_new(sd_event *loop, const struct pin_directories *own, struct holders_query **ret,
		      struct error *error);

/*
 * Waits for the search that is under way, but no longer than that; false: it goes on. NULL is fine.
 */
bool holders_query_stop(struct holders_query *query, uint64_t usec);

/* The same without a limit, and frees it. NULL is fine. */
void holders_query_drop(struct holders_query **query);

/*
 * Adds the others to the graph, which is taken over, also on failure, and answers the peer with it.
 * Errors: LimitExceeded, when too many wait already.
 */
int holders_query_ask(struct holders_query *query, struct peer *peer, struct graph *graph,
		      struct error *error);

/* The peer is gone. */
void holders_query_forget(struct holders_query *query, const struct peer *peer);
