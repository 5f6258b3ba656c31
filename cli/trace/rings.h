// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "ipc/trace-record.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The ring buffers of a trace, one per CPU, in which the kernel writes records (Documentation/bpf/ringbuf.rst),
 * and its counters of lost records.
 */
struct rings {
	size_t n_items;
	struct ring *items;
	const uint64_t *lost; /* the counters; NULL: there are none */
	size_t n_lost_counters;
	uint64_t n_lost; /* records for which there was no room, as of rings_count_lost() */
};

/* A record as it is in a buffer. */
struct ring_record {
	struct trace_record record;
	const unsigned char *bytes; /* `record.captured` of them, until the next record is taken */
	size_t ring;		    /* its number; all records of one packet are in the same one */
};

/*
 * Maps a buffer of that many bytes, a power of two of pages. Takes the descriptor, also on failure. The
 * error's sentence names the buffer.
 */
int rings_add(struct rings *rings, int fd, size_t buffer_bytes, struct error *error);

/* Maps that many counters of lost records. Takes the descriptor, also on failure. */
int rings_add_lost(struct rings *rings, int fd, size_t n_counters, struct error *error);

/* Takes the oldest record out of all buffers; false: they are empty. Damaged records are skipped. */
bool rings_take(struct rings *rings, struct ring_record *ret);

/* Sets `n_lost`. Records that are written in the meantime may be counted or not. */
void rings_count_lost(struct rings *rings);

/* Writes one item for each buffer, to wait for records. */
void rings_prepare_poll(const struct rings *rings, struct pollfd *ret);

void rings_done(struct rings *rings);
