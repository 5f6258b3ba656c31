// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"
#include "base/verdict.h"
#include "daemon/kernel/ring-buffers.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One client's trace of a device: what it wants to see, and the ring buffers that it reads. */

struct tracer_options {
	char *ifname;
	char *netns;	 /* path of the device's namespace; NULL: the daemon's own */
	size_t n_filter; /* instructions of its filter; 0: every packet */
	struct sock_filter *filter;
	verdict_set verdicts; /* only packets that leave the chain with one of these */
	char *component;      /* only packets that leave the chain after it; NULL: all */
	unsigned int sample;  /* one packet in this many */
	unsigned int snaplen; /* bytes of each packet */
	unsigned int seconds; /* then the trace ends; 0: no limit */
	bool journey;
};

/* Frees the contents. */
void tracer_options_done(struct tracer_options *options);

/* What a tracer needs to understand records. */
struct trace_view {
	const char *ifname;
	const char *netns; /* NULL: the daemon's own */
	uint64_t generation;
	bool has_policy; /* it is the first of the components; the others are in its slots */
	size_t n_components;
	struct traced_component {
		char *name;
		char *program;
		char sha256[SHA256_TEXT_SIZE]; /* empty: it was adopted without its object */
	} * components;
};

/* Frees the components. */
void trace_view_done(struct trace_view *view);

/* Called on the loop. */
struct tracer_events {
	/* Records have this meaning from now on; the first time: the trace has begun. */
	void (*changed)(void *userdata, const struct trace_view *view,
			const struct ring_buffers *buffers);
	/* The device of a trace that has begun has another name now; records have the same meaning. */
	void (*renamed)(void *userdata, const char *ifname);
	/*
	 * The trace has ended, for the reason in `error` or, if that is NULL, in the sentence. The tracer is freed
	 * after this.
	 */
	void (*ended)(void *userdata, const char *sentence, const struct error *error);
};
