// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/codegen/trace-plan.h"

/* The maximum number of instructions of a block, without filters. */
#define BLOCK_LENGTH(n_tracings) (48 + 32 * (n_tracings))

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
	size_t length = 0;

	if (!plan)
		return 0;
	for (size_t i = 0; i < plan->n_tracings; i++)
		length += FILTER_CODE_MAX(plan->tracings[i].n_filter);
	return length + n_places * BLOCK_LENGTH(plan->n_tracings);
}
