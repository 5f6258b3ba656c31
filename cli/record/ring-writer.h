// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "cli/record/ring-file.h"

#include <jansson.h>

/* Writes the file of a recorder, in memory that is mapped from it. */

/* Records of so many generations can arrive mixed. */
#define RING_CHAINS_KEPT 16

struct ring_writer {
	struct ring_header *header; /* mapped; NULL: not open */
	uint32_t current;	    /* segment */
	uint64_t number;	    /* of that segment */
	size_t n_chains;
	struct ring_writer_chain {
		uint64_t generation;
		char *text;
		uint64_t written_in; /* number of the segment; 0: none */
	} chains[RING_CHAINS_KEPT];
};

struct ring_options {
	uint64_t size; /* bytes of the file, about */
	uint64_t time; /* now */
	uint32_t sample;
	uint32_t snaplen;
	const char *device;
	const char *netns;	/* "": the daemon's own */
	const char *expression; /* "": none */
};

/*
 * Gives the file that size and an empty ring. The descriptor stays the caller's. If there is not enough space,
 * the file is as before. Close with ring_writer_done(). Errors: KernelRefused; `path` names the file.
 */
int ring_writer_open(int fd, const char *path, const struct ring_options *options,
		     struct ring_writer *ret, struct error *error);
void ring_writer_done(struct ring_writer *writer);

/* What packets of a generation refer to: a reply of Trace. */
void ring_writer_add_chain(struct ring_writer *writer, const json_t *reply);

/*
 * Add a packet with the bytes that were captured of it, how many records were lost, and a period whose packets may be
 * missing, with the reason. Times are nanoseconds since 1970.
 */
void ring_writer_add_packet(struct ring_writer *writer, uint64_t time,
			    const struct trace_record *record, const void *bytes);
void ring_writer_add_lost(struct ring_writer *writer, uint64_t time, uint64_t count);
void ring_writer_add_gap(struct ring_writer *writer, uint64_t from, uint64_t to,
			 const char *reason);

/* The recorder does this from now on; NULL: no reason. */
void ring_writer_set_phase(struct ring_writer *writer, enum ring_phase phase, uint64_t since,
			   const char *reason);

/* The device has this name from now on. */
void ring_writer_set_device(struct ring_writer *writer, const char *device);

/* The recorder was alive at that time. */
void ring_writer_set_alive(struct ring_writer *writer, uint64_t time);
