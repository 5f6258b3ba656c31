// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdint.h>

/*
 * What a traced chain writes into the ring buffers of a tracer (method Trace): each record of a ring buffer is
 * one of these in the host's byte order, followed by the first bytes of the packet and unused bytes.
 */
struct trace_record {
	uint64_t time_ns;    /* CLOCK_MONOTONIC */
	uint64_t packet;     /* the same in all records of one packet, and of no other one */
	uint32_t generation; /* of the chain */
	uint32_t length;     /* bytes of the packet at this point */
	uint32_t queue;	     /* the receive queue of the device */
	uint8_t verdict;     /* XDP action; TRACE_NO_VERDICT: there is none, or it is not known */
	/*
	 * Index in the list of components of the latest reply; as many as these: the packet has passed them
	 * all; TRACE_ENTRY: it has just arrived.
	 */
	uint8_t component;
	uint8_t flags;	   /* TRACE_... */
	uint8_t reserved;  /* 0 */
	uint32_t captured; /* bytes of the packet that follow */
};

#define TRACE_RECORD_SIZE 40 /* with the padding at the end */
_Static_assert(sizeof(struct trace_record) == TRACE_RECORD_SIZE, "both sides agree on the size");

#define TRACE_NO_VERDICT 255 /* also when a component passed the packet on by a tail call */
#define TRACE_ENTRY	 255
#define TRACE_LEFT	 1 /* the packet leaves the chain here */
#define TRACE_CHANGED	 2 /* set by readers: bytes differ from the packet's previous record */

/*
 * Readers are woken when a buffer has this many bytes that they have not read. To wake one takes several
 * microseconds, so readers that want to see less at once look by themselves, now and then.
 */
#define TRACE_WATERMARK (32 * 1024)

/* Limits of a trace. */
#define TRACES_MAX		8     /* at the same time on one device */
#define TRACE_SNAPLEN_MAX	65000 /* bytes of a packet */
#define TRACE_SECONDS_MAX	3600
#define TRACE_SAMPLE_MAX	1000000000
#define TRACE_FILTER_MAX	512 /* instructions of classic BPF */
#define TRACE_FILTER_BASE64_MAX ((TRACE_FILTER_MAX * 8 + 2) / 3 * 4) /* characters */
