// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/linkers/check/moved-code.h"

/* The component that replaces this function of the policy; NULL: none does. */
static const struct checked_code *find_filling(const struct checked_policy *policy, size_t function)
{
	for (size_t i = 0; i < policy->n_fillings; i++)
		if (policy->fillings[i].function_id == policy->functions[function].type_id)
			return &policy->fillings[i].code;
	return NULL;
}

static struct range function_range(const struct checked_policy *policy, size_t function)
{
	const struct bpf_func_info *info = &policy->functions[function];
	bool last = function + 1 == policy->n_functions;

	return (struct range){ info->insn_off,
			       last ? policy->code.n_instructions : info[1].insn_off };
}

static int claim_filling(struct program *program, const struct checked_code *code, size_t at)
{
	const struct range all = { 0, code->n_instructions };
	cleanup(moved_code_done) struct moved_code moved = {};
	int result = moved_code_init(code, program->error, &moved);

	if (result < 0)
		return result;
	moved_code_put(&moved, all, at);
	return moved_code_claim(program, &moved, all, all, all);
}

/*
 * The first instruction of a slot is at the position of its component; its other instructions are left out.
 */
static int claim_policy(const struct checked_policy *policy, struct program *program,
			struct moved_code *moved)
{
	const struct range all = { 0, policy->code.n_instructions };
	int result = 0;

	moved_code_put(moved, all, CHECK_LEFT_OUT);
	for (size_t i = 0; i < policy->n_functions; i++) {
		struct range range = function_range(policy, i);

		if (range.from >= range.end || range.end > all.end ||
		    (i == 0 && (range.from || policy->positions[0])))
			return program_fault(program, 0, "in", policy->code.name,
					     "is not where the policy begins");
		if (find_filling(policy, i))
			range.end = range.from + 1;
		moved_code_put(moved, range, policy->positions[i]);
	}
	for (size_t i = 0; result == 0 && i < policy->n_functions; i++) {
		const struct range range = function_range(policy, i);
		const struct checked_code *filling = find_filling(policy, i);

		if (policy->positions[i] != CHECK_LEFT_OUT)
			result = filling ? claim_filling(program, filling, policy->positions[i])
					 : moved_code_claim(program, moved, range, range, all);
	}
	return result;
}

int check_policy(const struct checked_policy *policy, struct error *error)
{
	cleanup(moved_code_done) struct moved_code moved = {};
	struct program program;
	int result = program_init(policy->instructions, policy->n_instructions, error, &program);

	program.modules = policy->modules;
	program.n_modules = policy->n_modules;
	result = result ?: moved_code_init(&policy->code, error, &moved);
	result = result ?: claim_policy(policy, &program, &moved);
	result = result ?: program_check_complete(&program, policy->code.name);
	free(program.roles);
	return result;
}
