// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "ipc/trace-record.h"

#include <assert.h>
#include <stdint.h>

/*
 * The file of a recorder, in the byte order of the machine: a header, and segments of the same size. A segment
 * is filled from its beginning, and overwritten as a whole when it is the oldest one. It describes the chains
 * that its packets refer to, so each segment can be read by itself.
 *
 * The recorder is the only writer, and can be killed between any two instructions; others read meanwhile. So a
 * segment's number is 0 while it is emptied, and its size grows only when an entry is complete.
 */
#define RING_MAGIC   0x474e495244504458 /* "XDPDRING" */
#define RING_VERSION 1

#define RING_SEGMENT_MIN \
	(256u << 10) /* bytes; has room for the longest chain and the longest packet */
#define RING_SEGMENT_MAX  (4u << 20)
#define RING_SEGMENTS_MAX 4096
#define RING_SIZE_MIN	  (1u << 20)
#define RING_SIZE_MAX	  ((uint64_t)RING_SEGMENT_MAX * RING_SEGMENTS_MAX)
#define RING_CHAIN_MAX	  (128u << 10) /* bytes of the description of a chain */

enum ring_phase {
	RING_RECORDING = 1,
	RING_WAITING, /* to be able to record again */
	RING_STOPPED,
};

struct ring_header {
	uint64_t magic;
	uint32_t version;
	uint32_t n_segments;
	uint64_t segment_bytes;
	/* All times are nanoseconds since 1970. */
	uint64_t started;
	uint32_t sample;
	uint32_t snaplen;
	char netns[1024];      /* path; empty: the daemon's own */
	char expression[2048]; /* cut, if it is longer; empty: none */

	uint32_t change;  /* odd while the following changes */
	uint32_t phase;	  /* enum ring_phase */
	uint64_t since;	  /* when the phase began */
	char device[64];  /* its name now */
	char reason[512]; /* why the recorder waits */
	/* These change by themselves. */
	uint64_t alive; /* when the recorder last looked for packets */
	uint64_t n_packets;
	uint64_t n_lost;
};
#define RING_HEADER_SIZE 8192
static_assert(sizeof(struct ring_header) <= RING_HEADER_SIZE, "there is room for the header");

struct ring_segment {
	uint64_t number; /* counts all segments that were begun, from 1; 0: empty */
	uint64_t used;	 /* bytes of the entries that follow */
};

/* Entries begin at multiples of 8 bytes. */
#define RING_ALIGN(size) (((size) + 7) & ~(size_t)7)

enum ring_kind {
	RING_CHAIN = 1, /* JSON: members of a reply of Trace */
	RING_PACKET,	/* struct ring_packet, and the packet's bytes */
	RING_LOST,	/* struct ring_lost: records that the kernel could not keep */
	RING_GAP,	/* struct ring_gap, and a reason: in that time nothing was recorded */
};

struct ring_entry {
	uint32_t size; /* bytes of the body, without the padding after it */
	uint32_t kind;
};

struct ring_packet {
	uint64_t time;
	struct trace_record record;
};

struct ring_lost {
	uint64_t time;
	uint64_t count;
};

struct ring_gap {
	uint64_t from, to;
};

static_assert(RING_SEGMENT_MIN > sizeof(struct ring_segment) + 2 * sizeof(struct ring_entry) +
					 RING_CHAIN_MAX + sizeof(struct ring_packet) +
					 TRACE_SNAPLEN_MAX + 16,
	      "a segment has room for a packet and its chain");
