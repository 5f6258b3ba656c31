#include "daemon/service/holders-query.h"

#include "base/cleanup.h"
#include "daemon/loop/worker.h"

#include <sys/queue.h>

/* Graphs that wait; each may have megabytes. */
#define WAITING_MAX 16

struct inquiry {
	STAILQ_ENTRY(inquiry) next;
	struct peer *peer; /* NULL: it is gone */
	struct graph *graph;
};

struct lookout {
	sd_event *loop;			   /* not owned */
	const struct pin_directories *own; /* not owned */
	struct worker *worker;
	size_t n_inquiries;
	STAILQ_HEAD(, inquiry) inquiries; /* the first is under way */
};

static void look(void *userdata)
{
	struct lookout *lookout = userdata;

	graph_add_others(STAILQ_FIRST(&lookout->inquiries)->graph, lookout->own);
}

static void inquiry_drop(struct lookout *lookout, struct inquiry *inquiry)
{
	STAILQ_REMOVE(&lookout->inquiries, inquiry, inquiry, next);
	lookout->n_inquiries--;
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
	struct lookout *lookout = userdata;
	struct inquiry *inquiry = STAILQ_FIRST(&lookout->inquiries);

	if (inquiry->peer)
		answer(inquiry->peer, inquiry->graph);
	inquiry_drop(lookout, inquiry);
	if (lookout->n_inquiries > 0)
		worker_run(lookout->worker, look, looked, lookout);
}

int lookout_ask(struct lookout *lookout, struct peer *peer, struct graph *taken,
		struct error *error)
{
	cleanup(graph_drop) struct graph *graph = taken;
	struct inquiry *inquiry;
	int result = 0;

	if (lookout->n_inquiries == WAITING_MAX)
		return error_set(
			error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
			"%d clients are already waiting for a search of other holders; retry later",
			WAITING_MAX);
	if (!lookout->worker)
		result = worker_new(lookout->loop, &lookout->worker, error);
	if (result < 0)
		return result;
	inquiry = calloc(1, sizeof(*inquiry));
	if (!inquiry)
		return error_memory(error);
	inquiry->peer = peer;
	inquiry->graph = steal(graph);
	STAILQ_INSERT_TAIL(&lookout->inquiries, inquiry, next);
	if (lookout->n_inquiries++ == 0)
		worker_run(lookout->worker, look, looked, lookout);
	return 0;
}

void lookout_forget(struct lookout *lookout, const struct peer *peer)
{
	struct inquiry *inquiry;

	STAILQ_FOREACH(inquiry, &lookout->inquiries, next)
	{
		if (inquiry->peer == peer)
			inquiry->peer = NULL;
	}
}

int lookout_new(sd_event *loop, const struct pin_directories *own, struct lookout **ret,
		struct error *error)
{
	struct lookout *lookout = calloc(1, sizeof(*lookout));

	if (!lookout)
		return error_memory(error);
	lookout->loop = loop;
	lookout->own = own;
	STAILQ_INIT(&lookout->inquiries);
	*ret = lookout;
	return 0;
}

void lookout_drop(struct lookout **p)
{
	struct lookout *lookout = steal(*p);

	if (!lookout)
		return;
	worker_drop(&lookout->worker);
	while (lookout->n_inquiries > 0)
		inquiry_drop(lookout, STAILQ_FIRST(&lookout->inquiries));
	free(lookout);
}
