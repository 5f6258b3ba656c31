// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/*
 * A thread for work that takes long, one job at a time. The owner decides what a job may use: here a
 * transaction owns the graph while its job runs, and the loop reads only what is committed.
 */
struct worker;

/* Starts the thread with the name `name`, of at most 15 characters. */
int worker_new(sd_event *loop, const char *name, struct worker **ret, struct error *error);

/*
 * Sets a time limit for jobs that start from now on. `overdue` is called on the loop when a job exceeds it.
 */
void worker_limit(struct worker *worker, uint64_t usec, void (*overdue)(void *userdata),
		  void *userdata);

/*
 * Waits for the running job, at most that long; its `done` is no longer called. False: the job still runs,
 * so what it uses must not be freed. NULL is fine.
 */
bool worker_stop(struct worker *worker, uint64_t usec);

/* The same without a time limit, and frees the worker. NULL is fine. */
void worker_drop(struct worker **worker);

/* Runs `job` on the thread, then `done` on the loop. The worker must be idle. */
void worker_run(struct worker *worker, void (*job)(void *userdata), void (*done)(void *userdata),
		void *userdata);
