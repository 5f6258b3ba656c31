// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stddef.h>

/*
 * BPF ring buffers into which a program writes, one for each CPU that is online, and a counter of lost records
 * for each possible CPU. Another process reads both, by mapping them; this process never does.
 */
struct ring_buffers {
	int map_fd; /* a map from the number of a CPU to its buffer; -1: there are none */
	int lost_fd; /* an array of 64-bit counters, with the number of a CPU as key; it can be mapped */
	size_t n_counters;
	size_t size; /* bytes of each buffer, a power of two of pages */
	size_t n_fds;
	int *fds; /* of the buffers; readers map them (Documentation/bpf/ringbuf.rst) */
};

#define RING_BUFFERS_NONE ((struct ring_buffers){ .map_fd = -1, .lost_fd = -1 })

/*
 * The buffers take their memory here, on machines with many CPUs less for each. Close with ring_buffers_done().
 * Errors: KernelRefused.
 */
int ring_buffers_open(struct ring_buffers *ret, struct error *error);

/* Programs that write into the buffers and processes that have mapped them keep them. */
void ring_buffers_done(struct ring_buffers *buffers);
