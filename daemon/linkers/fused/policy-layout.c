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

/* Code without function records is one function. */
static size_t count_functions(const struct program_code *code)
{
	return code->n_functions ?: 1;
}

static size_t function_start(const struct program_code *code, size_t function)
{
	return code->n_functions ? code->functions[function].insn_off : 0;
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

/* The function that the instruction calls, or whose address it takes; `n_functions`: that is none. */
static size_t called_function(const struct program_code *code, size_t i)
{
	return function_at(code, i + 1 + reach(&code->instructions[i]));
}

static size_t offer_for(const struct filling *filling, size_t function)
{
	return filling->offers ? filling->offers[function] : OFFER_NONE;
}

static int reach_function(struct work *work, size_t function);

/* Reaches the functions of the policy that the component needs. */
static int reach_offers(struct work *work, const struct filling *filling)
{
	const struct program_code *code = filling->code;
	int result = 0;

	for (size_t i = 0; result == 0 && i < code->n_functions; i++)
		if (offer_for(filling, i) != OFFER_NONE)
			result = reach_function(work, offer_for(filling, i));
	for (size_t i = 0; code->n_functions && result == 0 && i < code->n_instructions; i++) {
		if (refers_to_function(&code->instructions[i]) &&
		    called_function(code, i) == code->n_functions)
			return -EINVAL;
		i += is_wide_load(&code->instructions[i]);
	}
	return result;
}

/* The depth of the recursion is that of calls: the verifier allows few. */
static int reach_function(struct work *work, size_t function)
{
	const struct program_code *policy = work->policy;
	size_t filling;
	int result = 0;

	if (function >= policy->n_functions)
		return -EINVAL;
	if (work->reached[function])
		return 0;
	work->reached[function] = true;
	filling = filling_of(work, function);
	if (filling < work->n_fillings)
		return reach_offers(work, &work->fillings[filling]);
	for (size_t i = policy->functions[function].insn_off;
	     result == 0 && i < function_end(policy, function); i++) {
		if (refers_to_function(&policy->instructions[i]))
			result = reach_function(work, called_function(policy, i));
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

static const struct program_code *source_code(const struct work *work, size_t source)
{
	return source ? work->fillings[source - 1].code : work->policy;
}

/* Puts the functions of a source that nothing replaces behind each other. */
static void append_functions(struct work *work, size_t source)
{
	const struct program_code *code = source_code(work, source);

	for (size_t i = 0; i < count_functions(code); i++) {
		bool left_out = source ? offer_for(&work->fillings[source - 1], i) != OFFER_NONE
				       : !work->reached[i] ||
						 filling_of(work, i) < work->n_fillings;

		work->layout.positions[source][i] = left_out ? POSITION_NONE
							     : work->layout.n_instructions;
		if (!left_out)
			append(work, source, code, function_start(code, i), function_end(code, i));
	}
}

/* Puts the component's wrapper at the end; calls of its slot, which is that function of the policy, reach it. */
static void append_wrapper(struct work *work, size_t filling, size_t function)
{
	const struct layout *wrapper = work->fillings[filling].wrapper;
	struct policy_layout *layout = &work->layout;
	size_t at = layout->n_instructions, call = at + TRACE_WRAPPER_CALL;

	layout->wrappers[layout->n_wrappers++] =
		(struct wrapper){ filling, work->fillings[filling].function_id, at };
	memcpy(&layout->instructions[at], wrapper->instructions,
	       wrapper->n_instructions * sizeof(*wrapper->instructions));
	layout->n_instructions += wrapper->n_instructions;
	layout->instructions[call].imm = (int)layout->positions[1 + filling][0] - (int)call - 1;
	layout->positions[0][function] = at;
}

static void append_wrappers(struct work *work)
{
	for (size_t i = 0; i < work->policy->n_functions; i++) {
		size_t filling = filling_of(work, i);

		if (work->reached[i] && filling < work->n_fillings &&
		    work->fillings[filling].wrapper)
			append_wrapper(work, filling, i);
	}
}

/* Puts the policy's own functions first, and the components that replace others after them. */
static void lay_out(struct work *work)
{
	const struct program_code *policy = work->policy;
	size_t **positions = work->layout.positions;

	append_functions(work, 0);
	for (size_t i = 0; i < policy->n_functions; i++) {
		size_t filling = filling_of(work, i);

		if (!work->reached[i] || filling == work->n_fillings)
			continue;
		append_functions(work, 1 + filling);
		positions[0][i] = positions[1 + filling][0];
	}
	append_wrappers(work);
	for (size_t i = 0; i < work->n_fillings; i++)
		for (size_t j = 0; j < work->fillings[i].code->n_functions; j++)
			if (offer_for(&work->fillings[i], j) != OFFER_NONE)
				positions[1 + i][j] =
					positions[0][offer_for(&work->fillings[i], j)];
}

/* Corrects calls for the new positions of their targets. */
static void repair_calls(struct work *work)
{
	for (size_t i = 0; i < work->layout.n_pieces; i++) {
		const struct piece *piece = &work->layout.pieces[i];
		const struct program_code *code = source_code(work, piece->source);
		const size_t *positions = work->layout.positions[piece->source];

		for (size_t j = piece->from; code->n_functions && j < piece->end; j++) {
			size_t now = piece->at + j - piece->from;

			if (refers_to_function(&code->instructions[j]))
				work->layout.instructions[now].imm =
					(int)positions[called_function(code, j)] - (int)now - 1;
			j += is_wide_load(&code->instructions[j]);
		}
	}
}

static size_t wrapper_length(const struct work *work, size_t source)
{
	const struct layout *wrapper = source ? work->fillings[source - 1].wrapper : NULL;

	return wrapper ? wrapper->n_instructions : 0;
}

static int allocate(struct work *work)
{
	struct policy_layout *layout = &work->layout;
	size_t length = 0, n_pieces = 0;

	layout->positions = calloc(1 + work->n_fillings, sizeof(*layout->positions));
	layout->n_functions = calloc(1 + work->n_fillings, sizeof(*layout->n_functions));
	if (!layout->positions || !layout->n_functions)
		return -ENOMEM;
	while (layout->n_sources < 1 + work->n_fillings) {
		const struct program_code *code = source_code(work, layout->n_sources);
		size_t *positions = malloc(count_functions(code) * sizeof(*positions));

		if (!positions)
			return -ENOMEM;
		for (size_t i = 0; i < count_functions(code); i++)
			positions[i] = POSITION_NONE;
		layout->n_functions[layout->n_sources] = count_functions(code);
		layout->positions[layout->n_sources++] = positions;
		length += code->n_instructions + wrapper_length(work, layout->n_sources - 1);
		n_pieces += count_functions(code);
	}
	work->reached = calloc(count_functions(work->policy), sizeof(*work->reached));
	layout->instructions = calloc(length, sizeof(*layout->instructions));
	layout->pieces = calloc(n_pieces, sizeof(*layout->pieces));
	layout->wrappers = calloc(work->n_fillings + 1, sizeof(*layout->wrappers));
	return work->reached && layout->instructions && layout->pieces && layout->wrappers
		       ? 0
		       : -ENOMEM;
}

int policy_layout_init(const struct program_code *policy, const struct filling *fillings,
		       size_t n_fillings, struct policy_layout *ret)
{
	cleanup(work_done) struct work work = { .policy = policy,
						.fillings = fillings,
						.n_fillings = n_fillings };
	int result = allocate(&work) ?: reach_function(&work, 0);

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
	free(layout->wrappers);
	while (layout->n_sources > 0)
		free(layout->positions[--layout->n_sources]);
	free(layout->positions);
	free(layout->n_functions);
	*layout = (struct policy_layout){};
}
