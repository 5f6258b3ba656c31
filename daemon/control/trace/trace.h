// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/queue.h"
#include "daemon/control/trace/tracers.h"

/* Traces of managed devices. On the loop. */

/* `manager` and `queue` must outlive it. */
int tracers_new(sd_event *loop, struct manager *manager, struct queue *queue, struct tracers **ret,
		struct error *error);

/* The daemon stops: tells all clients that their traces end. */
void tracers_stop(struct tracers *tracers);

/* Ends all traces without telling their clients. NULL is fine. */
void tracers_drop(struct tracers **tracers);

/*
 * Begins a trace. Takes the contents of `options`, also on failure. Errors: NoSuchDevice; LimitExceeded. What
 * makes the trace impossible is known later, and ended() gets it.
 */
int tracers_begin(struct tracers *tracers, struct tracer_options *options,
		  const struct tracer_events *events, void *userdata, struct tracer **ret,
		  struct error *error);

/* The client ends its trace; its ended() is not called. NULL is fine. */
void tracers_end(struct tracer **tracer);

/*
 * After any job: tells clients new names of their devices, ends the traces of devices that no longer run a chain, and
 * queues a job for each device whose twin is not the one for its tracers.
 */
void tracers_review(struct tracers *tracers);
