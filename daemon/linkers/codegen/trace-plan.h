// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/verdict.h"
#include "daemon/linkers/codegen/filter.h"
#include "ipc/trace-record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A traced program decides for each packet, as it arrives, which tracers record it, and writes a struct
 * trace_record for them where the packet leaves the chain. A program that nobody traces contains nothing of
 * this.
 */

/* What one tracer wants to see. */
struct tracing {
	int rings_fd;	      /* a map from CPUs to its ring buffers */
	int lost_fd;	      /* an array with the number of lost records of each CPU */
	unsigned int sample;  /* it records one packet in this many, at most TRACE_SAMPLE_MAX */
	unsigned int snaplen; /* bytes of the packet that are copied */
	verdict_set verdicts; /* with which the packet leaves the chain */
	int component;	      /* index of the component after which it leaves; -1: any */
	bool journey;	      /* also records the packet as it arrives, and after each component */
	size_t n_filter;      /* instructions of the filter; 0: it records every packet */
	const struct sock_filter *filter;
};

struct trace_plan {
	uint32_t generation;
	bool multi_buffer; /* packets can have several buffers */
	bool loads_bytes; /* the kernel has bpf_xdp_load_bytes(): since 5.18, like multi-buffer packets */
	/*
	 * For a journey through a policy: `state_fd` is the map of daemon/kernel/trace-state.h, from which wrappers
	 * learn who records the packet.
	 */
	bool keeps_state;
	int state_fd;
	int samples_fd; /* of trace_samples_new(), if a tracer does not record every packet */
	size_t n_tracings;
	struct tracing tracings[TRACES_MAX];
};

/* The maximum number of instructions that a filter becomes. */
#define FILTER_CODE_MAX(n_filter) (8 + 8 * (n_filter))

/* Does any tracer record only some of the packets that it wants to see? */
bool trace_has_sample(const struct trace_plan *plan);

/* Does any tracer want to see what each component did? NULL: there are none. */
bool trace_has_journey(const struct trace_plan *plan);

/*
 * The kernel reserves only records of a constant size in a ring buffer. So there are several sizes of the room
 * for a packet's bytes: ROOM_MIN, the powers of two after it, and the largest, which is `snaplen` rounded up.
 */
#define ROOM_MIN  64
#define ROOMS_MAX 11 /* for TRACE_SNAPLEN_MAX */

/* Writes the rooms of a tracer, in rising order, and returns their number. */
size_t trace_rooms(const struct tracing *tracing, int ret[static ROOMS_MAX]);

/* The maximum number of instructions that trace a chain of that many components. NULL: none. */
size_t trace_length(const struct trace_plan *plan, size_t n_components);

/* The places in a program with instructions that only trace. */
struct trace_range {
	size_t from;
	size_t end; /* the first instruction after it */
};

/*
 * Bytes of the frame that no component may use, from `trace_offset` of the frame on: which tracers record the
 * packet, its number, and its length.
 */
#define TRACE_STATE_SIZE 24
/* Bytes at the upper end of the frame that are used between components. */
#define TRACE_SCRATCH_SIZE 72
