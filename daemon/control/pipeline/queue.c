// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/pipeline/queue.h"

#include "base/cleanup.h"
#include "daemon/loop/worker.h"

#include <malloc.h>

struct queue {
	struct worker *worker;
	const struct queue_events *events;
	void *userdata;
	bool busy;	     /* no waiting job may begin */
	struct job *current; /* the running job; NULL: there is none */
	STAILQ_HEAD(, job) waiting;
};

static void answer(struct job *job)
{
	job_done done = job->done;

	job->done = NULL;
	if (!done)
		return;
	if (job->succeeded)
		done(job->userdata, job->type->result(job), NULL);
	else
		done(job->userdata, NULL, job->error);
}

static void start_next(struct queue *queue);

/* The end of a job can change devices, so the next job begins only after it. */
static void finish(struct queue *queue)
{
	struct job *job = steal(queue->current);

	answer(job);
	queue->events->finished(queue->userdata, job);
	job_drop(&job);
	queue->busy = false;
	start_next(queue);
}

/*
 * Verifying programs and reading objects takes megabytes of memory, which are returned to the system after
 * it.
 */
static void work(void *userdata)
{
	struct job *job = ((struct queue *)userdata)->current;

	job->type->steps[job->step].work(job);
	if (job->step == 0)
		malloc_trim(0);
}

static void run_step(struct queue *queue);

static void worked(void *userdata)
{
	struct queue *queue = userdata;
	struct job *job = queue->current;
	const struct job_step *step = &job->type->steps[job->step];
	bool goes_on = (!step->then || step->then(job)) && job->step + 1 < job->type->n_steps;

	if (job->answers_now)
		answer(job);
	if (job->step++ == 0)
		queue->events->decided(queue->userdata, job);
	if (goes_on)
		run_step(queue);
	else
		finish(queue);
}

static void run_step(struct queue *queue)
{
	worker_run(queue->worker, work, worked, queue);
}

/* NULL: no job waits. */
static struct job *choose(const struct queue *queue)
{
	struct job *job;

	STAILQ_FOREACH(job, &queue->waiting, entry)
	{
		if (!job->turn.is_limited)
			return job;
	}
	return STAILQ_FIRST(&queue->waiting);
}

/* The user's other jobs wait until each other user had a turn. They stay in order. */
static void move_back(struct queue *queue, uid_t uid)
{
	STAILQ_HEAD(, job) own = STAILQ_HEAD_INITIALIZER(own);
	struct job *job, *next;

	for (job = STAILQ_FIRST(&queue->waiting); job; job = next) {
		next = STAILQ_NEXT(job, entry);
		if (!job->turn.is_limited || job->turn.uid != uid)
			continue;
		STAILQ_REMOVE(&queue->waiting, job, job, entry);
		STAILQ_INSERT_TAIL(&own, job, entry);
	}
	STAILQ_CONCAT(&queue->waiting, &own);
}

static void start_next(struct queue *queue)
{
	struct job *job = queue->busy ? NULL : choose(queue);

	if (!job)
		return;
	STAILQ_REMOVE(&queue->waiting, job, job, entry);
	if (job->turn.is_limited)
		move_back(queue, job->turn.uid);
	queue->busy = true;
	queue->current = job;
	job->name = job->type->describe(job);
	if (job->type->begin)
		job->type->begin(job);
	run_step(queue);
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
	STAILQ_INIT(&queue->waiting);
	result = worker_new(loop, "xdpd-worker", &queue->worker, error);
	if (result < 0) {
		queue_drop(&queue);
		return result;
	}
	*ret = queue;
	return 0;
}

void queue_add(struct queue *queue, struct job *job, job_done done, void *userdata)
{
	job->done = done;
	job->userdata = userdata;
	STAILQ_INSERT_TAIL(&queue->waiting, job, entry);
	if (queue->current && queue->current->yields)
		atomic_store(&queue->current->abandoned, true);
	start_next(queue);
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
	return !queue->current && STAILQ_EMPTY(&queue->waiting);
}

static bool is_for(const struct job *job, const void *userdata)
{
	return job->done && job->userdata == userdata;
}

bool queue_forget(struct queue *queue, const void *userdata)
{
	struct job *job;

	if (queue->current && is_for(queue->current, userdata)) {
		atomic_store(&queue->current->abandoned, true);
		return true;
	}
	STAILQ_FOREACH(job, &queue->waiting, entry)
	{
		if (!is_for(job, userdata))
			continue;
		STAILQ_REMOVE(&queue->waiting, job, job, entry);
		job_drop(&job);
		break;
	}
	return false;
}

bool queue_stop(struct queue *queue, uint64_t usec)
{
	struct job *job = queue->current;

	if (!queue->worker)
		return true;
	if (!worker_stop(queue->worker, usec))
		return false;
	worker_drop(&queue->worker);
	if (job && job->type->stop)
		job->type->stop(job);
	return true;
}

/* The daemon stops: changes that are not committed yet never will be. */
static void end(struct job *job)
{
	if (!job->succeeded)
		error_set(job->error, ERROR_INTERNAL, -ECANCELED,
			  "the daemon stopped before the change was made");
	answer(job);
	job_drop(&job);
}

void queue_drop(struct queue **p)
{
	struct queue *queue = steal(*p);

	if (!queue)
		return;
	if (queue->current)
		end(queue->current);
	while (!STAILQ_EMPTY(&queue->waiting)) {
		struct job *job = STAILQ_FIRST(&queue->waiting);

		STAILQ_REMOVE_HEAD(&queue->waiting, entry);
		end(job);
	}
	free(queue);
}
