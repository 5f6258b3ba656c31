// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/fused/policy-trace.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <errno.h>
#include <stdlib.h>

/* The called policy has a frame of its own, and saves r6. */
static const struct frame frame = {
	.stack = TRACE_SCRATCH_SIZE + TRACE_STATE_SIZE,
	.context_register = BPF_REG_6,
	.trace_offset = -(TRACE_SCRATCH_SIZE + TRACE_STATE_SIZE),
};

static bool have_tail_calls(const struct policy_layout *policy)
{
	for (size_t i = 0; i < policy->n_instructions; i++)
		if (is_tail_call(&policy->instructions[i]))
			return true;
	return false;
}

/* The functions of the policy and its components are now that many instructions further. */
static void move_functions(struct policy_layout *policy, size_t by)
{
	for (size_t i = 0; i < policy->n_pieces; i++)
		policy->pieces[i].at += by;
	for (size_t i = 0; i < policy->n_sources; i++)
		for (size_t j = 0; j < policy->n_functions[i]; j++)
			if (policy->positions[i][j] != POSITION_NONE)
				policy->positions[i][j] += by;
	for (size_t i = 0; i < policy->n_wrappers; i++)
		policy->wrappers[i].at += by;
}

/* Adds the blocks of the wrappers that trace. */
static int add_traces(const struct filling *fillings, const struct policy_layout *policy,
		      struct layout *ret)
{
	struct trace_range *traces = reallocarray(ret->traces, ret->n_traces + policy->n_wrappers,
						  sizeof(*traces));

	if (!traces)
		return -ENOMEM;
	ret->traces = traces;
	for (size_t i = 0; i < policy->n_wrappers; i++) {
		const struct wrapper *wrapper = &policy->wrappers[i];
		const struct trace_range *range = fillings[wrapper->filling].wrapper->traces;

		ret->traces[ret->n_traces++] = (struct trace_range){ wrapper->at + range->from,
								     wrapper->at + range->end };
	}
	return 0;
}

int policy_trace(const struct trace_plan *plan, const struct filling *fillings,
		 struct policy_layout *policy, struct layout *ret)
{
	const struct block block = {
		.instructions = policy->instructions,
		.n_instructions = policy->n_instructions,
		.main_length = policy->n_instructions,
		.join = JOIN_CALLED,
		.uses_context = true,
		.tail_calls = have_tail_calls(policy),
	};
	const struct counting counting = { .counters_fd = -1, .trace = plan };
	int result = layout_chain(&block, 1, &frame, &counting, ret);

	if (result < 0)
		return result;
	move_functions(policy, ret->places[0].main);
	free(policy->instructions);
	policy->instructions = steal(ret->instructions);
	policy->n_instructions = ret->n_instructions;
	return add_traces(fillings, policy, ret);
}
