// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/verdict.h"
#include "daemon/kernel/counters.h"

#include <jansson.h>

struct json_writer;

/* What a component did with packets. */
struct component_stats {
	uint64_t run;	    /* packets that it got */
	uint64_t overruled; /* of these, packets for which it returned a forbidden verdict */
	uint64_t proceed;   /* packets that continued after it */
	uint64_t terminate[VERDICT_COUNT]; /* packets that left the chain here, by verdict */
};

/*
 * Computes stats from counters. Row N counts packets that left the chain at component N, the last row those
 * that reached its end. So a component ran for all packets that left at it or later, and proceeded for those
 * that left later. Further rows count, for each component, the verdicts that became aborted. Writes
 * `n_components` stats. Makes no system call.
 */
void component_stats_count(const struct counter_row *rows, size_t n_rows, size_t n_components,
			   struct component_stats *ret);

/*
 * Converts stats to and from the form for clients and for records on disk. NULL: no memory; false: invalid.
 */
json_t *component_stats_encode(const struct component_stats *stats);
bool component_stats_decode(const json_t *json, struct component_stats *ret);

/* Writes the same form as the value of the member `name`. */
void component_stats_write(struct json_writer *writer, const char *name,
			   const struct component_stats *stats);

/* Adds `more` to `sum`. */
void component_stats_add(struct component_stats *sum, const struct component_stats *more);
