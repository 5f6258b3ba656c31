// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/trace/tracer.h"

#include <sys/queue.h>
#include <systemd/sd-event.h>

struct manager;
struct queue;
struct tracers;

/* A trace; jobs hold it while they run. */
struct tracer {
	LIST_ENTRY(tracer) entry;
	unsigned int holders;
	struct tracers *tracers; /* NULL: it has ended */
	uint64_t number;	 /* of the device */
	/* The device's name is the one that its client was told last. */
	struct tracer_options options;
	const struct tracer_events *events;
	void *userdata;
	struct timer *timer;
	struct ring_buffers buffers;
	bool begun;	     /* its client was told */
	uint64_t generation; /* of which its client was told last */
};

/* All traces. Written on the loop only. */
struct tracers {
	sd_event *loop; /* not owned, like the next two */
	struct manager *manager;
	struct queue *queue;
	LIST_HEAD(, tracer) list;
	bool stopped; /* no more jobs are queued */
};

/* How many clients trace the device? */
size_t tracers_count(const struct tracers *tracers, uint64_t number);

/* Passes the tracers of the device, held; returns how many there are. */
size_t tracers_hold(struct tracers *tracers, uint64_t number, struct tracer **ret);

/* Frees the tracer with its last holder. NULL is fine. */
void tracer_release(struct tracer **tracer);

/* Takes the tracer out of the list, so the next twin of its device is without it. */
void tracer_leave(struct tracer *tracer);

/* Ends a trace, and tells its client. */
void tracer_fail(struct tracer *tracer, const char *sentence, const struct error *error);

/* Tells the client the name of its device if that is new, unless the trace has not begun. */
void tracer_note_name(struct tracer *tracer, const char *ifname);

/* Packets are recorded for the tracer, and records have this meaning; its client is told if that is new. */
void tracer_note(struct tracer *tracer, const struct trace_view *view);
