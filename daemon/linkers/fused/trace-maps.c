// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/fused/trace-maps.h"

#include "base/cleanup.h"
#include "daemon/kernel/trace-state.h"

int trace_maps_open(const struct blueprint *blueprint, struct trace_plan *ret, struct error *error)
{
	struct trace_plan plan = {};
	int result = 0;

	if (blueprint->trace)
		plan = *blueprint->trace;
	plan.keeps_state = blueprint->policy && trace_has_journey(&plan);
	plan.state_fd = plan.samples_fd = -1;
	if (plan.keeps_state)
		result = plan.state_fd = trace_state_new(error);
	if (result >= 0 && trace_has_sample(&plan))
		result = plan.samples_fd = trace_samples_new(plan.n_tracings, error);
	if (result < 0) {
		trace_maps_close(&plan);
		return result;
	}
	*ret = plan;
	return 0;
}

void trace_maps_close(struct trace_plan *plan)
{
	closep(&plan->state_fd);
	closep(&plan->samples_fd);
}
