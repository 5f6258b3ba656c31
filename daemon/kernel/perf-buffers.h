// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stddef.h>

/* Perf buffers into which a BPF program writes, one for each CPU that is online. */
struct perf_buffers {
	int map_fd; /* a BPF_MAP_TYPE_PERF_EVENT_ARRAY; -1: there are none */
	size_t n_fds;
	int *fds; /* of the buffers; whoever reads them maps them (perf_event_open(2)) */
};

#define PERF_BUFFERS_NONE ((struct perf_buffers){ .map_fd = -1 })

/*
 * Bytes after which the kernel wakes a reader. To wake it takes several microseconds, so readers that want to
 * see less at once look by themselves, now and then.
 */
#define PERF_BUFFERS_WATERMARK (32 * 1024)

/*
 * Until a buffer is mapped, what is written into it is dropped. Close with perf_buffers_done(). Errors:
 * KernelRefused.
 */
int perf_buffers_open(struct perf_buffers *ret, struct error *error);

/* After this nothing is written into the buffers; a process that has mapped them keeps them. */
void perf_buffers_done(struct perf_buffers *buffers);
