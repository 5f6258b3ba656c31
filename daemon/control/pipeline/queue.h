#pragma once

#include "daemon/control/transaction/transaction.h"

#include <systemd/sd-event.h>

/* The transactions: one is under way, on the worker and on the loop in turns, the others wait. */
struct queue;

/*
 * On the loop, while no job runs: these functions may change what jobs read. What they add to the queue
 * waits until they return.
 */
struct queue_events {
	/* The transaction is committed or, for the reason of its error, is not. */
	void (*decided)(void *userdata, struct transaction *transaction);
	/*
	 * All of it is done, what ran before is let go, and the next one is not under way yet. `number`
	 * is the device's; 0: a client asked for it. `error` is empty, or why it failed.
	 */
	void (*finished)(void *userdata, enum transaction_kind kind, uint64_t number,
			 const struct error *error);
	/* A job took longer than queue_limit() lets it, and still runs. */
	void (*overdue)(void *userdata);
};

/* `events` must outlive it. */
int queue_new(sd_event *loop, const struct queue_events *events, void *userdata, struct queue **ret,
	      struct error *error);

/*
 * Puts the transaction at the end and takes it over, also on failure. `done` is never called before
 * this returns; NULL: nobody wants to know.
 */
int queue_add(struct queue *queue, struct transaction *transaction, change_done done,
	      void *userdata, struct error *error);

bool queue_is_empty(const struct queue *queue);

/* For each job that begins from now on, in microseconds. */
void queue_limit(struct queue *queue, uint64_t usec);

/* What is under way, as `"Attach of 'fw.o' to eth0"`; the queue's. NULL: nothing is, or no memory. */
const char *queue_under_way(const struct queue *queue);

/*
 * Nobody waits for that transaction any more: it is dropped unless it is under way, and even then if it
 * can be. True: it is under way, and its `done` will be called; else it will not.
 */
bool queue_forget(struct queue *queue, const void *userdata);

/*
 * Waits for the job that runs, but no longer than that, and commits what it swapped in. Nothing else happens
 * from then on. False: the job still runs, and nothing that it uses may be freed.
 */
bool queue_stop(struct queue *queue, uint64_t usec);

/* Stopped before. Tells those who still wait that nothing came of it, and undoes it. NULL is fine. */
void queue_drop(struct queue **queue);
