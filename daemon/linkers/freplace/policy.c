// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A policy whose slots are replaced by components that were loaded for them. */
#include "daemon/linkers/freplace/policy.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/policy-slots.h"
#include "daemon/kernel/counters.h"
#include "daemon/linkers/codegen/module-functions.h"
#include "daemon/linkers/freplace/link-slots.h"

/*
 * Loads another copy of the policy: packets would see components that are linked into the running copy
 * before the swap.
 */
static int load_policy(const struct linker *linker, const struct blueprint *blueprint,
		       struct rootlet **ret, struct error *error)
{
	struct component *policy = blueprint->policy;
	const struct program_code *code = &policy->code;
	cleanup(module_functions_done) struct module_functions modules = {};
	int offset; /* 0: it is the only one */
	int result = module_functions_add(&modules, code, &offset);
	const struct rootlet_program program = {
		.name = ROOTLET_NAME,
		.instructions = code->instructions,
		.n_instructions = code->n_instructions,
		.license = policy->gpl_compatible ? "GPL" : "Proprietary",
		.frags = blueprint_frags(linker, blueprint),
		.attach_type = blueprint->attach_type,
		.btf_fd = code->btf_fd,
		.n_functions = code->n_functions,
		.functions = code->functions,
		.n_lines = code->n_lines,
		.lines = code->lines,
		.modules = modules.fds,
	};
	struct node *needs = &policy->node;
	size_t n_rows = blueprint_rows(blueprint);
	int counters_fd = counters_new(n_rows, error);
	int fd;

	if (result < 0) {
		closep(&counters_fd);
		return error_memory(error);
	}
	if (counters_fd < 0)
		return counters_fd;
	fd = rootlet_load(&program, NULL, 0);
	if (fd >= 0)
		return rootlet_new(fd, counters_fd, n_rows, 1, &needs, ret, error);
	closep(&counters_fd);
	return error_set(error, ERROR_KERNEL_REFUSED, fd,
			 "the kernel refused to load the policy '%s' again: %s",
			 policy->spec.program, errno_name(fd));
}

int freplace_build_policy(struct linker *linker, const struct blueprint *blueprint,
			  struct generation **ret, struct error *error)
{
	static const struct join_result join_results[ROOTLET_SLOTS]; /* all of them extensions */
	cleanup(rootlet_release) struct rootlet *rootlet = NULL;
	cleanup(policy_slots_done) struct policy_slots slots = {};
	uint32_t functions[ROOTLET_SLOTS];
	int result = policy_slots_read(blueprint->policy, &slots, error);

	for (size_t i = 0; result == 0 && i < blueprint->n_placements; i++) {
		const struct component *component = blueprint->placements[i].component;
		const struct signature *slot;

		result = policy_slots_find(&slots, component->spec.slot, &slot, error);
		if (result == 0)
			functions[i] = slot->function_id;
	}
	if (result == 0)
		result = load_policy(linker, blueprint, &rootlet, error);
	return result < 0 ? result
			  : link_slots(linker, blueprint, rootlet, functions,
				       blueprint->n_placements, join_results, ret, error);
}
