#pragma once

#include "daemon/control/transaction/job.h"

#include <stdint.h>
#include <systemd/sd-event.h>

/* The jobs: one is under way, on the worker and on the loop in turns, the others wait. */
struct queue;

/*
 * On the loop, while the worker is idle: these functions may change what jobs read. Jobs that they add wait until
 * they return.
 */
struct queue_events {
	/* The first step of the job is done: a transaction is committed or, for the reason of its error, is not. */
	void (*decided)(void *userdata, struct job *job);
	/* All of the job is done, and the next one is not under way yet. It is freed after that. */
	void (*finished)(void *userdata, struct job *job);
	/* A step of a job took longer than queue_limit() lets it, and still runs. */
	void (*overdue)(void *userdata);
};

/* `events` must outlive it. */
int queue_new(sd_event *loop, const struct queue_events *events, void *userdata, struct queue **ret,
	      struct error *error);

/*
 * Puts the job at the end and takes it over. `done` is never called before this returns; NULL: no client waits for
 * the answer.
 */
void queue_add(struct queue *queue, struct job *job, job_done done, void *userdata);

bool queue_is_empty(const struct queue *queue);

/* For each step that begins from now on, in microseconds. */
void queue_limit(struct queue *queue, uint64_t usec);

/* What is under way, as job_type.describe() says; the queue's. NULL: no job is, or no memory. */
const char *queue_under_way(const struct queue *queue);

/*
 * The client of that job no longer waits: the job is dropped unless it is under way, and even then if it can be.
 * True: it is under way, and its `done` will be called; else it will not.
 */
bool queue_forget(struct queue *queue, const void *userdata);

/*
 * Waits for the step that runs, but no longer than that, and commits what it swapped in. Nothing else happens
 * from then on. False: the step still runs, and nothing that it uses may be freed.
 */
bool queue_stop(struct queue *queue, uint64_t usec);

/* Stopped before. Answers the clients that still wait with an error, and frees all jobs. NULL is fine. */
void queue_drop(struct queue **queue);
