// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdint.h>

/* What the functions of a traced policy know of the packet that their CPU handles. */
struct trace_state {
	uint64_t tracers; /* one bit for each that records it */
	uint64_t packet;  /* its number */
};

/*
 * Creates the per-CPU array of one struct trace_state. Returns its fd, which the caller closes, or a negative
 * errno. KernelRefused.
 */
int trace_state_new(struct error *error);

/*
 * Creates the per-CPU array with a uint32_t for each tracer: it records one of so many packets that come next, the last
 * one; 0: it has not drawn a number yet. Otherwise as trace_state_new().
 */
int trace_samples_new(uint32_t n_tracers, struct error *error);
