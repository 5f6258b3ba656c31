// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/check/policy.h"

#include "base/cleanup.h"
#include "daemon/linkers/check/trace.h"
#include "object/instruction.h"

#include <string.h>

/* Is the function of the part itself in the program? */
static bool is_own(const struct checked_part *part, size_t function)
{
	return !part->instead[function].part;
}

static struct range function_range(const struct checked_part *part, size_t function)
{
	bool last = function + 1 == part->n_functions;

	return (struct range){ part->functions[function].insn_off,
			       last ? part->code.n_instructions
				    : part->functions[function + 1].insn_off };
}

/* Calls of a slot reach the wrapper of the component in it, if it has one. */
static size_t entry_of(const struct checked_reference *instead)
{
	if (instead->part->wrapper && !instead->function)
		return *instead->part->wrapper;
	return instead->part->positions[instead->function];
}

/*
 * Of a function that another one replaces only the first instruction has a position, that of the other one: calls
 * reach it, and nothing else does.
 */
static bool put_function(const struct checked_part *part, size_t function, struct moved_code *moved)
{
	const struct checked_reference *instead = &part->instead[function];
	struct range range = function_range(part, function);

	if (range.from >= range.end || range.end > part->code.n_instructions ||
	    (!function && range.from))
		return false;
	moved_code_put(moved, range,
		       is_own(part, function) ? part->positions[function] : CHECK_LEFT_OUT);
	if (is_own(part, function))
		return true;
	moved->positions[range.from] = entry_of(instead);
	return is_own(instead->part, instead->function);
}

static int claim(const struct checked_part *part, struct program *program)
{
	const struct range all = { 0, part->code.n_instructions };
	cleanup(moved_code_done) struct moved_code moved = {};
	int result = moved_code_init(&part->code, program->error, &moved);

	for (size_t i = 0; result == 0 && i < part->n_functions; i++)
		if (!put_function(part, i, &moved))
			result = program_fault(program, 0, "in", part->code.name,
					       "is of a program whose functions are unknown");
	for (size_t i = 0; result == 0 && i < part->n_functions; i++) {
		const struct range range = function_range(part, i);

		if (is_own(part, i) && part->positions[i] != CHECK_LEFT_OUT)
			result = moved_code_claim(program, &moved, range, range, all);
	}
	return result;
}

static bool is_same(const struct bpf_insn *instruction, struct bpf_insn wanted)
{
	return !memcmp(instruction, &wanted, sizeof(wanted));
}

/* The trace of a wrapper, which comes after the three instructions of its beginning; NULL: it has none. */
static const struct checked_trace *find_trace(const struct program *program,
					      const struct checked_part *part,
					      const struct checked_chain *traced)
{
	size_t at = *part->wrapper;
	const struct checked_trace *trace = traced ? trace_find(traced, at + 3) : NULL;

	return trace && at < trace->from && trace->end + 2 <= program->n_instructions ? trace
										      : NULL;
}

/*
 * A wrapper copies an argument to r6, which belongs to its caller and is saved, calls the component, keeps its result
 * on the stack, traces, and returns the result.
 */
static bool is_wrapper(const struct program *program, const struct checked_part *part,
		       const struct checked_trace *trace)
{
	const struct bpf_insn *begin = &program->instructions[*part->wrapper];
	const struct bpf_insn *end = &program->instructions[trace->end];
	int argument = begin[0].src_reg, offset = begin[2].off;
	int distance = (int)part->positions[0] - (int)*part->wrapper - 2;

	return argument >= BPF_REG_1 && argument <= BPF_REG_5 && offset >= -512 && offset <= -8 &&
	       offset % 8 == 0 && part->positions[0] != CHECK_LEFT_OUT &&
	       is_same(&begin[0], move(BPF_REG_6, argument)) &&
	       is_same(&begin[1], call_function(distance)) &&
	       is_same(&begin[2], store(BPF_DW, BPF_REG_10, offset, BPF_REG_0)) &&
	       is_same(&end[0], load(BPF_DW, BPF_REG_0, BPF_REG_10, offset)) &&
	       is_same(&end[1], INSTRUCTION_EXIT) && !trace_overwrites(program, trace, offset, 8);
}

static int claim_wrapper(struct program *program, const struct checked_part *part,
			 const struct checked_chain *traced)
{
	const struct checked_trace *trace = find_trace(program, part, traced);
	const size_t own[] = { *part->wrapper, *part->wrapper + 1, *part->wrapper + 2,
			       trace ? trace->end : 0, trace ? trace->end + 1 : 0 };
	bool right = trace && is_wrapper(program, part, trace);

	for (size_t i = 0; right && i < sizeof(own) / sizeof(*own); i++) {
		right = program->roles[own[i]] == ROLE_NONE;
		program->roles[own[i]] = ROLE_GLUE;
	}
	return right ? 0
		     : program_fault(program, *part->wrapper, "in front of", part->code.name,
				     "does not call the component and return its result");
}

int policy_claim(struct program *program, const struct checked_part *parts, size_t n_parts,
		 const struct checked_chain *traced)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < n_parts; i++)
		result = claim(&parts[i], program);
	for (size_t i = 0; result == 0 && i < n_parts; i++)
		if (parts[i].wrapper)
			result = claim_wrapper(program, &parts[i], traced);
	return result;
}

int check_policy(const struct checked_policy *policy, struct error *error)
{
	struct program program;
	int result = program_init(policy->instructions, policy->n_instructions, error, &program);

	program.modules = policy->modules;
	program.n_modules = policy->n_modules;
	if (result == 0 && policy->parts->positions[0])
		result = program_fault(&program, 0, "in", policy->parts->code.name,
				       "is not where the policy begins");
	result = result ?: policy_claim(&program, policy->parts, policy->n_parts, NULL);
	result = result ?: program_check_complete(&program, policy->parts->code.name);
	free(program.roles);
	return result;
}
