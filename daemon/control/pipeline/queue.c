#include "daemon/control/pipeline/queue.h"

#include "base/cleanup.h"
#include "daemon/control/pipeline/describe.h"
#include "daemon/control/transaction/commit.h"
#include "daemon/control/transaction/retire.h"
#include "daemon/loop/worker.h"

#include <malloc.h>

/* A transaction that waits for its turn, or has it. */
struct request {
	struct request *next;
	struct transaction *transaction;
	char *name;	  /* of what is under way; NULL: it waits, or no memory */
	change_done done; /* NULL: nobody waits for the answer */
	void *userdata;
};

struct queue {
	struct worker *worker;
	const struct queue_events *events;
	void *userdata;
	bool busy;		 /* none of those that wait may start */
	struct request *current; /* under way; NULL: no transaction is */
	struct request *first;	 /* that waits */
	struct request **last;
};

static void request_drop(struct request *request)
{
	transaction_drop(&request->transaction);
	free(request->name);
	free(request);
}

/* What is committed was done, even if what ran before could not be tidied up. */
static void answer(struct request *request)
{
	const struct transaction *transaction = request->transaction;
	change_done done = request->done;

	request->done = NULL;
	if (!done)
		return;
	if (transaction->committed)
		done(request->userdata, &transaction->result, NULL);
	else
		done(request->userdata, NULL, &transaction->error);
}

static void start_next(struct queue *queue);

/* What follows from the end of a transaction changes devices, so the next one starts after it. */
static void finish(struct queue *queue)
{
	struct request *request = steal(queue->current);
	cleanup(error_done) struct error error = {};
	enum transaction_kind kind = request->transaction->kind;
	uint64_t number = request->transaction->number;

	answer(request);
	error_move(&error, &request->transaction->error);
	request_drop(request);
	queue->events->finished(queue->userdata, kind, number, &error);
	queue->busy = false;
	start_next(queue);
}

/* Verifying and reading objects takes memory by the megabyte; the daemon gives it back. */
static void job_build(void *userdata)
{
	transaction_build(((struct queue *)userdata)->current->transaction);
	malloc_trim(0);
}

static void job_wait(void *userdata)
{
	transaction_wait(((struct queue *)userdata)->current->transaction);
}

static void job_let_go(void *userdata)
{
	transaction_let_go(((struct queue *)userdata)->current->transaction);
}

static void let_go(void *userdata)
{
	finish(userdata);
}

static void waited(void *userdata)
{
	struct queue *queue = userdata;

	transaction_fold(queue->current->transaction);
	worker_run(queue->worker, job_let_go, let_go, queue);
}

static bool takes_away(const struct change *change)
{
	return change->kind == CHANGE_DETACH || change->kind == CHANGE_ADOPT ||
	       change->kind == CHANGE_REVERT;
}

/*
 * A client that adds something hears of it as soon as it runs; one that takes something away, when
 * no packet runs it any more.
 */
static void built(void *userdata)
{
	struct queue *queue = userdata;
	struct request *request = queue->current;
	struct transaction *transaction = request->transaction;
	bool failed = transaction->error.id != ERROR_NONE;

	if (failed)
		transaction_retire(transaction);
	else
		transaction_commit(transaction);
	if (!failed && transaction->change && !takes_away(transaction->change))
		answer(request);
	queue->events->decided(queue->userdata, transaction);
	if (failed && !transaction_has_run(transaction))
		finish(queue);
	else
		worker_run(queue->worker, job_wait, waited, queue);
}

static void start_next(struct queue *queue)
{
	struct request *request = queue->first;

	if (queue->busy || !request)
		return;
	queue->first = request->next;
	if (!queue->first)
		queue->last = &queue->first;
	queue->busy = true;
	queue->current = request;
	request->name = transaction_describe(request->transaction);
	transaction_begin(request->transaction);
	worker_run(queue->worker, job_build, built, queue);
}

int queue_new(sd_event *loop, const struct queue_events *events, void *userdata, struct queue **ret,
	      struct error *error)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	int result;

	if (!queue)
		return error_memory(error);
	queue->events = events;
	queue->userdata = userdata;
	queue->last = &queue->first;
	result = worker_new(loop, "xdpd-worker", &queue->worker, error);
	if (result < 0) {
		queue_drop(&queue);
		return result;
	}
	*ret = queue;
	return 0;
}

int queue_add(struct queue *queue, struct transaction *transaction, change_done done,
	      void *userdata, struct error *error)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request) {
		transaction_drop(&transaction);
		return error_memory(error);
	}
	request->transaction = transaction;
	request->done = done;
	request->userdata = userdata;
	*queue->last = request;
	queue->last = &request->next;
	if (queue->current && queue->current->transaction->kind == TRANSACTION_FUSE)
		atomic_store(&queue->current->transaction->abandoned, true);
	start_next(queue);
	return 0;
}

static void overdue(void *userdata)
{
	struct queue *queue = userdata;

	queue->events->overdue(queue->userdata);
}

void queue_limit(struct queue *queue, uint64_t usec)
{
	worker_limit(queue->worker, usec, overdue, queue);
}

const char *queue_under_way(const struct queue *queue)
{
	return queue->current ? queue->current->name : NULL;
}

bool queue_is_empty(const struct queue *queue)
{
	return !queue->current && !queue->first;
}

static bool is_for(const struct request *request, const void *userdata)
{
	return request->done && request->userdata == userdata;
}

bool queue_forget(struct queue *queue, const void *userdata)
{
	if (queue->current && is_for(queue->current, userdata)) {
		atomic_store(&queue->current->transaction->abandoned, true);
		return true;
	}
	for (struct request **p = &queue->first; *p; p = &(*p)->next) {
		struct request *request = *p;

		if (!is_for(request, userdata))
			continue;
		*p = request->next;
		if (!*p)
			queue->last = p;
		request_drop(request);
		break;
	}
	return false;
}

bool queue_stop(struct queue *queue, uint64_t usec)
{
	struct transaction *transaction = queue->current ? queue->current->transaction : NULL;

	if (!queue->worker)
		return true;
	if (!worker_stop(queue->worker, usec))
		return false;
	worker_drop(&queue->worker);
	if (transaction && transaction_is_swapped(transaction))
		transaction_commit(transaction);
	else if (transaction)
		transaction_retire(transaction);
	return true;
}

/* The daemon stops: what is not committed will not be. */
static void end(struct request *request)
{
	struct transaction *transaction = request->transaction;

	if (!transaction->committed)
		error_set(&transaction->error, ERROR_INTERNAL, -ECANCELED,
			  "the daemon stopped before the change was made");
	answer(request);
	request_drop(request);
}

void queue_drop(struct queue **p)
{
	struct queue *queue = steal(*p);

	if (!queue)
		return;
	if (queue->current)
		end(queue->current);
	while (queue->first) {
		struct request *request = queue->first;

		queue->first = request->next;
		end(request);
	}
	free(queue);
}
