// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/check/policy.h"

#include "base/cleanup.h"

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
	moved->positions[range.from] = instead->part->positions[instead->function];
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

int policy_claim(struct program *program, const struct checked_part *parts, size_t n_parts)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < n_parts; i++)
		result = claim(&parts[i], program);
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
	result = result ?: policy_claim(&program, policy->parts, policy->n_parts);
	result = result ?: program_check_complete(&program, policy->parts->code.name);
	free(program.roles);
	return result;
}
