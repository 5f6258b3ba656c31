// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/rates.h"
#include "cli/trace/rings.h"

/*
 * How long the components of a chain take. A traced chain records a packet as it arrives, after each component
 * and as it leaves. The time between two records of a packet is that of one component and of one record. Two
 * records follow each other at the end of the chain, with no component in between, so the time between these
 * is that of a record, and is taken off.
 */

/* The latest samples, as nanoseconds. */
#define LATENCY_SAMPLES 1024

struct latency_samples {
	uint64_t n_added;
	uint32_t ns[LATENCY_SAMPLES];
};

/* The latest record of a ring buffer. */
struct latency_seam {
	uint64_t packet;
	uint64_t time_ns;
	uint8_t component;
	bool is_used;
};

struct chain_latency {
	uint64_t generation;
	size_t n_components;
	struct latency_samples *components;
	struct latency_samples records; /* the time of a record */
	size_t n_seams;
	struct latency_seam *seams; /* of each ring buffer */
};

/* The chain is now that of another generation. Forgets the samples of its components. */
void chain_latency_begin(struct chain_latency *latency, uint64_t generation, size_t n_components);

/* Adds a record; those of other generations, and of packets with lost records, are skipped. */
void chain_latency_add(struct chain_latency *latency, const struct ring_record *record);

/* How long a component took. Without samples, or before a packet reached the end of the chain, none is known. */
struct latency chain_latency_get(const struct chain_latency *latency, size_t component);

void chain_latency_done(struct chain_latency *latency);
