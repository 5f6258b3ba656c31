// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/fused/policy-layout.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <errno.h>
#include <string.h>

/* The state of laying out a policy. */
struct work {
	const struct program_code *policy;
	const struct filling *fillings;
	size_t n_fillings;
	bool *reached; /* of each function of the policy: can it be reached by calls? */
	struct policy_layout layout;
};

static void work_done(struct work *work)
{
	free(work->reached);
	policy_layout_done(&work->layout);
}

static size_t function_end(const struct program_code *code, size_t function)
{
	return function + 1 < code->n_functions ? code->functions[function + 1].insn_off
						: code->n_instructions;
}

static int compare_starts(const void *start, const void *function)
{
	size_t wanted = *(const size_t *)start;
	size_t found = ((const struct bpf_func_info *)function)->insn_off;

	return (wanted > found) - (wanted < found);
}

/*
 * The index of the function that begins at that instruction; `n_functions` if none does. Functions are in
 * order.
 */
static size_t function_at(const struct program_code *code, size_t instruction)
{
	const struct bpf_func_info *found = bsearch(&instruction, code->functions,
						    code->n_functions, sizeof(*code->functions),
						    compare_starts);

	return found ? (size_t)(found - code->functions) : code->n_functions;
}

/* The index of the filling that replaces the function of the policy; `n_fillings` if none does. */
static size_t filling_of(const struct work *work, size_t function)
{
	size_t filling = 0;

	while (filling < work->n_fillings &&
	       work->fillings[filling].function_id != work->policy->functions[function].type_id)
		filling++;
	return filling;
}

static bool refers_to_function(const struct bpf_insn *instruction)
{
	return is_function_call(instruction) || is_function_address(instruction);
}

/* The depth of the recursion is that of calls: the verifier allows few. */
static int reach_functions(struct work *work, size_t function)
{
	const struct program_code *policy = work->policy;
	int result = 0;

	if (function == policy->n_functions)
		return -EINVAL;
	if (work->reached[function])
		return 0;
	work->reached[function] = true;
	if (filling_of(work, function) < work->n_fillings)
		return 0;
	for (size_t i = policy->functions[function].insn_off;
	     result == 0 && i < function_end(policy, function); i++) {
		if (refers_to_function(&policy->instructions[i]))
			result = reach_functions(
				work, function_at(policy, i + 1 + reach(&policy->instructions[i])));
		i += is_wide_load(&policy->instructions[i]);
	}
	return result;
}

static void append(struct work *work, size_t source, const struct program_code *code, size_t from,
		   size_t end)
{
	struct policy_layout *layout = &work->layout;

	layout->pieces[layout->n_pieces++] = (struct piece){ source, from, end,
							     layout->n_instructions };
	memcpy(layout->instructions + layout->n_instructions, code->instructions + from,
	       (end - from) * sizeof(*code->instructions));
	layout->n_instructions += end - from;
}

/* Puts the policy's own functions first, and the components that replace others after them. */
static void lay_out(struct work *work)
{
	const struct program_code *policy = work->policy;

	for (size_t i = 0; i < policy->n_functions; i++) {
		work->layout.positions[i] = POSITION_NONE;
		if (!work->reached[i] || filling_of(work, i) < work->n_fillings)
			continue;
		work->layout.positions[i] = work->layout.n_instructions;
		append(work, 0, policy, policy->functions[i].insn_off, function_end(policy, i));
	}
	for (size_t i = 0; i < policy->n_functions; i++) {
		size_t filling = filling_of(work, i);

		if (!work->reached[i] || filling == work->n_fillings)
			continue;
		work->layout.positions[i] = work->layout.n_instructions;
		append(work, 1 + filling, work->fillings[filling].code, 0,
		       work->fillings[filling].code->n_instructions);
	}
}

/* Corrects calls from the policy's functions for the new positions of their targets. */
static void repair_calls(struct work *work)
{
	const struct program_code *policy = work->policy;

	for (size_t i = 0; i < work->layout.n_pieces; i++) {
		const struct piece *piece = &work->layout.pieces[i];

		for (size_t j = piece->from; !piece->source && j < piece->end; j++) {
			const struct bpf_insn *before = &policy->instructions[j];
			size_t now = piece->at + j - piece->from;

			if (refers_to_function(before))
				work->layout.instructions[now].imm =
					(int)work->layout.positions[function_at(
						policy, j + 1 + reach(before))] -
					(int)now - 1;
			j += is_wide_load(before);
		}
	}
}

int policy_layout_init(const struct program_code *policy, const struct filling *fillings,
		       size_t n_fillings, struct policy_layout *ret)
{
	cleanup(work_done) struct work work = { .policy = policy,
						.fillings = fillings,
						.n_fillings = n_fillings };
	size_t length = policy->n_instructions;
	int result;

	for (size_t i = 0; i < n_fillings; i++)
		length += fillings[i].code->n_instructions;
	work.reached = calloc(policy->n_functions + 1, sizeof(*work.reached));
	work.layout.positions = calloc(policy->n_functions + 1, sizeof(*work.layout.positions));
	work.layout.instructions = calloc(length, sizeof(*work.layout.instructions));
	work.layout.pieces = calloc(policy->n_functions + 1, sizeof(*work.layout.pieces));
	if (!work.reached || !work.layout.positions || !work.layout.instructions ||
	    !work.layout.pieces)
		return -ENOMEM;
	result = reach_functions(&work, 0);
	if (result < 0)
		return result;
	lay_out(&work);
	repair_calls(&work);
	*ret = work.layout;
	work.layout = (struct policy_layout){};
	return 0;
}

void policy_layout_done(struct policy_layout *layout)
{
	free(layout->instructions);
	free(layout->pieces);
	free(layout->positions);
	*layout = (struct policy_layout){};
}
