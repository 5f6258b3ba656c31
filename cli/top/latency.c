// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/top/latency.h"

#include "cli/or-abort.h"

#include <stdlib.h>
#include <string.h>

void chain_latency_begin(struct chain_latency *latency, uint64_t generation, size_t n_components)
{
	free(latency->components);
	latency->components = or_abort(calloc(n_components + 1, sizeof(*latency->components)));
	latency->n_components = n_components;
	latency->generation = generation;
}

void chain_latency_done(struct chain_latency *latency)
{
	free(latency->components);
	free(latency->seams);
	*latency = (struct chain_latency){};
}

static void add_sample(struct latency_samples *samples, uint64_t ns)
{
	samples->ns[samples->n_added++ % LATENCY_SAMPLES] = ns < UINT32_MAX ? (uint32_t)ns
									    : UINT32_MAX;
}

static struct latency_seam *seam_of(struct chain_latency *latency, size_t ring)
{
	if (ring >= latency->n_seams) {
		latency->seams =
			or_abort(reallocarray(latency->seams, ring + 1, sizeof(*latency->seams)));
		memset(&latency->seams[latency->n_seams], 0,
		       (ring + 1 - latency->n_seams) * sizeof(*latency->seams));
		latency->n_seams = ring + 1;
	}
	return &latency->seams[ring];
}

/* Where the packet was before, unless a record is lost. */
static uint8_t place_before(uint8_t component)
{
	return component == 0 ? TRACE_ENTRY : component - 1;
}

void chain_latency_add(struct chain_latency *latency, const struct ring_record *record)
{
	const struct trace_record *now = &record->record;
	struct latency_seam *seam = seam_of(latency, record->ring), before = *seam;

	seam->is_used = now->generation == latency->generation;
	seam->packet = now->packet;
	seam->time_ns = now->time_ns;
	seam->component = now->component;
	if (!before.is_used || !seam->is_used || before.packet != now->packet ||
	    now->component == TRACE_ENTRY || before.component != place_before(now->component) ||
	    now->time_ns < before.time_ns)
		return;
	if (now->component < latency->n_components)
		add_sample(&latency->components[now->component], now->time_ns - before.time_ns);
	else if (latency->n_components > 0 && now->component == latency->n_components)
		add_sample(&latency->records, now->time_ns - before.time_ns);
}

static int compare(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

/* Writes the samples in rising order to `ret`; returns their number. */
static size_t sort(const struct latency_samples *samples, uint32_t ret[static LATENCY_SAMPLES])
{
	size_t n = samples->n_added < LATENCY_SAMPLES ? samples->n_added : LATENCY_SAMPLES;

	memcpy(ret, samples->ns, n * sizeof(*ret));
	qsort(ret, n, sizeof(*ret), compare);
	return n;
}

/* The smallest sample that so many percent of them do not exceed, without the time of a record. */
static uint32_t percentile(const uint32_t *sorted, size_t n, size_t percent, uint32_t record)
{
	uint32_t ns = sorted[(n * percent + 99) / 100 - 1];

	return ns > record ? ns - record : 0;
}

struct latency chain_latency_get(const struct chain_latency *latency, size_t component)
{
	uint32_t sorted[LATENCY_SAMPLES], record;
	size_t n = sort(&latency->records, sorted);

	if (component >= latency->n_components || n == 0 ||
	    latency->components[component].n_added == 0)
		return (struct latency){};
	record = percentile(sorted, n, 50, 0);
	n = sort(&latency->components[component], sorted);
	return (struct latency){ .n_samples = n,
				 .p50_ns = percentile(sorted, n, 50, record),
				 .p99_ns = percentile(sorted, n, 99, record) };
}
