#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/*
 * A thread for what takes long, one job at a time. What a job may touch is the owner's affair:
 * here a transaction owns the graph while its job runs, and the loop only reads what is committed.
 */
struct worker;

/* The thread is called `name`, of 15 characters at most. */
int worker_new(sd_event *loop, const char *name, struct worker **ret, struct error *error);

/* `overdue` is called on the loop when a job that begins from now on takes longer than that. */
void worker_limit(struct worker *worker, uint64_t usec, void (*overdue)(void *userdata),
		  void *userdata);

/*
 * Waits at most that long for the job that runs; its `done` is no longer called. False: the job still runs, and
 * what it uses must stay. NULL is fine.
 */
bool worker_stop(struct worker *worker, uint64_t usec);

/* The same without a limit, and frees the worker. NULL is fine. */
void worker_drop(struct worker **worker);

/* Runs `job` on the thread, then `done` on the loop. The worker must be idle. */
void worker_run(struct worker *worker, void (*job)(void *userdata), void (*done)(void *userdata),
		void *userdata);
