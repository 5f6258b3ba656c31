#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

/*
 * A thread for what takes long, one job at a time. What a job may touch is the owner's affair:
 * here a transaction owns the graph while its job runs, and the loop only reads what is committed.
 */
struct worker;

int worker_new(sd_event *loop, struct worker **ret, struct error *error);

/* Waits for the job that runs; its `done` is not called any more. NULL is fine. */
void worker_drop(struct worker **worker);

/* Runs `job` on the thread, then `done` on the loop. The worker must be idle. */
void worker_run(struct worker *worker, void (*job)(void *userdata), void (*done)(void *userdata),
		void *userdata);
