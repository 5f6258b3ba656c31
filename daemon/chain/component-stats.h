#pragma once

#include "base/verdict.h"
#include "daemon/kernel/counters.h"

#include <jansson.h>

/* What a component did with the packets. */
struct component_stats {
	uint64_t run;			   /* packets it saw */
	uint64_t overruled;		   /* of these, it decided what it may not */
	uint64_t proceed;		   /* packets that went on behind it */
	uint64_t terminate[VERDICT_COUNT]; /* packets that left the chain here, by verdict */
};

/*
 * The rows say where packets left: row N at component N, the last one at the end of the chain. A component
 * ran as often as packets left at it or later, and proceeded as often as packets left later. Further rows
 * count the verdicts that became aborted, by component. Writes `n_components` stats. Pure.
 */
void component_stats_count(const struct counter_row *rows, size_t n_rows, size_t n_components,
			   struct component_stats *ret);

/* The form for clients and for the state on disk. NULL: no memory; false: invalid. */
json_t *component_stats_encode(const struct component_stats *stats);
bool component_stats_decode(const json_t *json, struct component_stats *ret);

/* Adds `more` to `sum`. */
void component_stats_add(struct component_stats *sum, const struct component_stats *more);
