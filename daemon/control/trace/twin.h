// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/trace/tracer.h"
#include "daemon/control/transaction/transaction.h"
#include "daemon/linkers/codegen/trace-plan.h"

/* The twin of a live generation, which records packets. On the worker, except for twins_drop(). */

/* A tracer, and what comes of it. */
struct twin_tracer {
	const struct tracer_options *options;
	const struct ring_buffers *buffers;
	struct error refused; /* why the chain cannot be traced for it */
};

/*
 * Builds the twin of what the target's device runs and, unless every tracer is refused, makes packets run it.
 * `view` gets the components. Errors: Unsupported if the chain cannot be fused.
 */
int twin_swap_in(struct transaction *transaction, struct target *target, size_t n_tracers,
		 struct twin_tracer *tracers, struct trace_view *view);

/* Makes packets run the live generation again. */
int twin_swap_out(const struct device *device, struct error *error);

/* The daemon stops: devices that are traced run their live generations, and the twins are freed. */
void twins_drop(const struct registry *registry);
