// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/job.h"

#include <stdint.h>
#include <systemd/sd-event.h>

/*
 * The queue of jobs: one runs, on the worker and on the loop in turns, and the others wait. They run in the order in
 * which they were added, except for limited ones (struct job_turn).
 */
struct queue;

/*
 * Called on the loop while the worker is idle, so these functions may change what jobs read. Jobs that they
 * queue begin only after they return.
 */
struct queue_events {
	/*
	 * The first step of the job is done: a transaction is committed or, for the reason in its error, is
	 * not.
	 */
	void (*decided)(void *userdata, struct job *job);
	/* The whole job is done, and the next one has not begun. The job is freed after this. */
	void (*finished)(void *userdata, struct job *job);
	/* A step of a job exceeds the time limit of queue_limit(), and still runs. */
	void (*overdue)(void *userdata);
};

/* `events` must outlive the queue. */
int queue_new(sd_event *loop, const struct queue_events *events, void *userdata, struct queue **ret,
	      struct error *error);

/*
 * Appends the job, and takes it. `done` is never called before this returns; NULL: no client waits for the
 * answer.
 */
void queue_add(struct queue *queue, struct job *job, job_done done, void *userdata);

/* Does no job run or wait? */
bool queue_is_empty(const struct queue *queue);

/* Sets the time limit for each step that begins from now on, in microseconds. */
void queue_limit(struct queue *queue, uint64_t usec);

/*
 * The description of the running job from job_type.describe(); the queue owns it. NULL: no job runs, or no
 * memory.
 */
const char *queue_under_way(const struct queue *queue);

/*
 * The client of that job no longer waits: the job is dropped unless it has begun, or even then if possible.
 * True: it runs, and its `done` will be called; false: `done` will not be called.
 */
bool queue_forget(struct queue *queue, const void *userdata);

/*
 * Waits for the running step, at most that long, and commits what it swapped in. Then the queue does nothing
 * more. False: the step still runs, and nothing that it uses may be freed.
 */
bool queue_stop(struct queue *queue, uint64_t usec);

/*
 * The queue must be stopped. Answers the waiting clients with an error, and frees all jobs. NULL is fine.
 */
void queue_drop(struct queue **queue);
