// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/codegen/trace-plan.h"

#include <assert.h>

/* The maximum numbers of instructions of a block, without filters: of its own, and of each tracer. */
#define BLOCK_LENGTH  48
#define OUTPUT_LENGTH 88 /* without those that choose a room */

static_assert(ROOM_MIN << (ROOMS_MAX - 1) >= TRACE_SNAPLEN_MAX, "there is a room for every packet");

size_t trace_rooms(const struct tracing *tracing, int ret[static ROOMS_MAX])
{
	int largest = (int)(tracing->snaplen + 7) / 8 * 8;
	size_t n = 0;

	for (int room = ROOM_MIN; room < largest; room *= 2)
		ret[n++] = room;
	ret[n++] = largest;
	return n;
}

bool trace_has_sample(const struct trace_plan *plan)
{
	bool sample = false;

	for (size_t i = 0; i < plan->n_tracings; i++)
		sample |= plan->tracings[i].sample > 1;
	return sample;
}

bool trace_has_journey(const struct trace_plan *plan)
{
	bool journey = false;

	for (size_t i = 0; plan && i < plan->n_tracings; i++)
		journey |= plan->tracings[i].journey;
	return journey;
}

size_t trace_length(const struct trace_plan *plan, size_t n_components)
{
	size_t n_places = trace_has_journey(plan) ? n_components + 4 : 4;
	size_t block = BLOCK_LENGTH, filters = 0;

	if (!plan)
		return 0;
	for (size_t i = 0; i < plan->n_tracings; i++) {
		const struct tracing *tracing = &plan->tracings[i];
		int rooms[ROOMS_MAX];

		block += OUTPUT_LENGTH + 2 * trace_rooms(tracing, rooms);
		filters += FILTER_CODE_MAX(tracing->n_filter);
	}
	return filters + n_places * block;
}
