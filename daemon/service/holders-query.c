// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/holders-query.h"

#include "base/cleanup.h"
#include "daemon/loop/worker.h"

#include <sys/queue.h>

/* The maximum number of waiting graphs; each may need megabytes. */
#define WAITING_MAX 16

struct inquiry {
	STAILQ_ENTRY(inquiry) next;
	struct peer *peer; /* NULL: it has disconnected */
	struct graph *graph;
};

struct holders_query {
	sd_event *loop;			   /* not owned */
	const struct pin_directories *own; /* not owned */
	struct worker *worker;
	size_t n_inquiries;
	STAILQ_HEAD(, inquiry) inquiries; /* the first one is being answered */
};

static void look(void *userdata)
{
	struct holders_query *query = userdata;

	graph_add_others(STAILQ_FIRST(&query->inquiries)->graph, query->own);
}

static void inquiry_drop(struct holders_query *query, struct inquiry *inquiry)
{
	STAILQ_REMOVE(&query->inquiries, inquiry, inquiry, next);
	query->n_inquiries--;
	graph_drop(&inquiry->graph);
	free(inquiry);
}

static void answer(struct peer *peer, const struct graph *graph)
{
	cleanup(error_done) struct error error = {};
	json_t *encoded;

	if (graph_encode(graph, &encoded, &error) == 0)
		peer_reply(peer, encoded);
	else
		peer_fail(peer, &error);
}

static void looked(void *userdata)
{
	struct holders_query *query = userdata;
	struct inquiry *inquiry = STAILQ_FIRST(&query->inquiries);

	if (inquiry->peer)
		answer(inquiry->peer, inquiry->graph);
	inquiry_drop(query, inquiry);
	if (query->n_inquiries > 0)
		worker_run(query->worker, look, looked, query);
}

int holders_query_ask(struct holders_query *query, struct peer *peer, struct graph *taken,
		      struct error *error)
{
	cleanup(graph_drop) struct graph *graph = taken;
	struct inquiry *inquiry;
	int result = 0;

	if (query->n_inquiries == WAITING_MAX)
		return error_set(
			error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
			"%d clients are already waiting for a search of other holders; retry later",
			WAITING_MAX);
	if (!query->worker)
		result = worker_new(query->loop, "xdpd-lookout", &query->worker, error);
	if (result < 0)
		return result;
	inquiry = calloc(1, sizeof(*inquiry));
	if (!inquiry)
		return error_memory(error);
	inquiry->peer = peer;
	inquiry->graph = steal(graph);
	STAILQ_INSERT_TAIL(&query->inquiries, inquiry, next);
	if (query->n_inquiries++ == 0)
		worker_run(query->worker, look, looked, query);
	return 0;
}

void holders_query_forget(struct holders_query *query, const struct peer *peer)
{
	struct inquiry *inquiry;

	STAILQ_FOREACH(inquiry, &query->inquiries, next)
	{
		if (inquiry->peer == peer)
			inquiry->peer = NULL;
	}
}

int holders_query_new(sd_event *loop, const struct pin_directories *own, struct holders_query **ret,
		      struct error *error)
{
	struct holders_query *query = calloc(1, sizeof(*query));

	if (!query)
		return error_memory(error);
	query->loop = loop;
	query->own = own;
	STAILQ_INIT(&query->inquiries);
	*ret = query;
	return 0;
}

bool holders_query_stop(struct holders_query *query, uint64_t usec)
{
	return !query || worker_stop(query->worker, usec);
}

void holders_query_drop(struct holders_query **p)
{
	struct holders_query *query = steal(*p);

	if (!query)
		return;
	worker_drop(&query->worker);
	while (query->n_inquiries > 0)
		inquiry_drop(query, STAILQ_FIRST(&query->inquiries));
	free(query);
}
