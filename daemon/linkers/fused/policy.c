// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A policy and the components in its slots, as one program. */
#include "daemon/linkers/fused/policy.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/policy-offers.h"
#include "daemon/kernel/component/policy-slots.h"
#include "daemon/kernel/counters.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/fused/load.h"
#include "daemon/linkers/fused/policy-layout.h"
#include "daemon/linkers/fused/policy-trace.h"
#include "daemon/linkers/fused/unsupported.h"
#include "daemon/linkers/generation.h"

/* The components in the slots, and for each the functions of the policy that it needs. */
struct fillings {
	struct filling items[ROOTLET_SLOTS];
	uint32_t slots[ROOTLET_SLOTS];
	size_t *offers[ROOTLET_SLOTS];
	/* The argument of the slot that is the context, from 0; -1: no argument is. */
	int contexts[ROOTLET_SLOTS];
	struct layout wrappers[ROOTLET_SLOTS]; /* empty unless a journey is traced */
};

static void fillings_done(struct fillings *fillings)
{
	for (size_t i = 0; i < array_size(fillings->offers); i++)
		free(fillings->offers[i]);
	for (size_t i = 0; i < array_size(fillings->wrappers); i++)
		layout_done(&fillings->wrappers[i]);
}

static int find_fillings(struct linker *linker, const struct blueprint *blueprint,
			 struct fillings *fillings, struct error *error)
{
	cleanup(policy_slots_done) struct policy_slots slots = {};
	int result = fused_check(linker, blueprint->policy, error);

	if (result == 0)
		result = policy_slots_read(blueprint->policy, &slots, error);
	for (size_t i = 0; result == 0 && i < blueprint->n_placements; i++) {
		const struct component *component = blueprint->placements[i].component;
		const struct signature *slot;

		result = fused_check(linker, component, error);
		if (result == 0)
			result = policy_slots_find(&slots, component->spec.slot, &slot, error);
		if (result == 0)
			result = policy_offers_resolve(blueprint->policy, component,
						       &fillings->offers[i], error);
		if (result < 0)
			break;
		fillings->slots[i] = slot->function_id;
		signature_arguments(slot, &fillings->contexts[i]);
		fillings->items[i] = (struct filling){ .code = &component->code,
						       .function_id = slot->function_id,
						       .offers = fillings->offers[i] };
	}
	return result;
}

static int merge_btf(const struct blueprint *blueprint, const struct policy_layout *layout,
		     struct merged_btf *types, struct error *error)
{
	const struct component *sources[1 + ROOTLET_SLOTS] = { blueprint->policy };

	for (size_t i = 0; i < blueprint->n_placements; i++)
		sources[1 + i] = blueprint->placements[i].component;
	return btf_merge_policy(blueprint->trace ? ROOTLET_NAME : NULL, sources,
				1 + blueprint->n_placements, layout, types, error);
}

/*
 * As in a chain, calls get positions in the list of modules of the whole program. Pieces of the policy are
 * source 0, those of filling N source N + 1.
 */
static int merge_modules(const struct blueprint *blueprint, struct policy_layout *layout,
			 struct module_functions *modules, struct error *error)
{
	for (size_t source = 0; source <= blueprint->n_placements; source++) {
		const struct component *component =
			source ? blueprint->placements[source - 1].component : blueprint->policy;
		int offset;
		int result = module_functions_add(modules, &component->code, &offset);

		if (result < 0)
			return error_set(error, ERROR_UNSUPPORTED, result,
					 "cannot fuse the calls of '%s' into kernel modules: %s",
					 component->spec.program, errno_name(result));
		for (size_t i = 0; i < layout->n_pieces; i++) {
			const struct piece *piece = &layout->pieces[i];
			struct bpf_insn *instruction = &layout->instructions[piece->at];

			for (size_t j = piece->from; piece->source == source && j < piece->end; j++)
				if (module_functions_are_called(&component->code.instructions[j]))
					instruction[j - piece->from].off += offset;
		}
	}
	return 0;
}

/* Makes the wrappers of the components for a journey. Records call the policy 0, so the components begin at 1. */
static int make_wrappers(const struct blueprint *blueprint, struct fillings *fillings,
			 struct error *error)
{
	const struct trace_plan *plan = blueprint->trace;

	for (size_t i = 0; plan && plan->keeps_state && i < blueprint->n_placements; i++) {
		if (fillings->contexts[i] < 0)
			return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
					 "a journey cannot be traced: the slot of '%s' does not "
					 "take the context",
					 blueprint->placements[i].name);
		if (trace_wrapper(plan, 1 + i, fillings->contexts[i], &fillings->wrappers[i]) < 0)
			return error_memory(error);
		fillings->items[i].wrapper = &fillings->wrappers[i];
	}
	return 0;
}

static int lay_out(const struct blueprint *blueprint, const struct fillings *fillings,
		   struct policy_layout *layout, struct layout *traced, struct error *error)
{
	int result = policy_layout_init(&blueprint->policy->code, fillings->items,
					blueprint->n_placements, layout);

	if (result == 0 && blueprint->trace)
		result = policy_trace(blueprint->trace, fillings->items, layout, traced);
	if (result == -ERANGE)
		return fused_too_long(blueprint, error);
	return result == 0 ? 0
			   : error_set(error, ERROR_UNSUPPORTED, result,
				       "cannot fuse '%s' and the components in its slots: %s",
				       blueprint->policy->spec.program, errno_name(result));
}

static int load(struct linker *linker, const struct blueprint *blueprint, struct error *error)
{
	cleanup(policy_layout_done) struct policy_layout layout = {};
	cleanup(layout_done) struct layout traced = {};
	cleanup(merged_btf_done) struct merged_btf types = {};
	cleanup(module_functions_done) struct module_functions modules = {};
	cleanup(fillings_done) struct fillings fillings = {};
	struct fused_program program = { .types = &types,
					 .modules = &modules,
					 .slots = fillings.slots,
					 .offers = fillings.offers,
					 .counters_fd = -1 };
	int result = find_fillings(linker, blueprint, &fillings, error)
			     ?: make_wrappers(blueprint, &fillings, error)
			     ?: lay_out(blueprint, &fillings, &layout, &traced, error)
			     ?: merge_btf(blueprint, &layout, &types, error)
			     ?: merge_modules(blueprint, &layout, &modules, error);

	if (result < 0)
		return result;
	program.instructions = layout.instructions;
	program.n_instructions = layout.n_instructions;
	program.positions = layout.positions;
	program.wrappers = layout.wrappers;
	program.n_wrappers = layout.n_wrappers;
	if (blueprint->trace) {
		program.traces = traced.traces;
		program.n_traces = traced.n_traces;
		program.call = traced.places[0].call;
	}
	return fused_load_program(linker, blueprint, &program, error);
}

int fused_build_policy(struct linker *linker, const struct blueprint *blueprint,
		       struct generation **ret, struct error *error)
{
	const struct join_result called = { .join = JOIN_CALLED };
	cleanup(rootlet_release) struct rootlet *rootlet = NULL;
	struct join_result join_results[ROOTLET_SLOTS];
	struct node *needs[1 + ROOTLET_SLOTS] = { &blueprint->policy->node };
	size_t n_rows = blueprint_rows(blueprint);
	int counters_fd = blueprint_counters(blueprint, error);
	int program_fd = counters_fd < 0 ? counters_fd : load(linker, blueprint, error);
	int result;

	if (program_fd < 0) {
		closep(&counters_fd);
		return program_fd;
	}
	for (size_t i = 0; i < blueprint->n_placements; i++) {
		needs[1 + i] = &blueprint->placements[i].component->node;
		join_results[i] = called;
	}
	result = rootlet_new(program_fd, counters_fd, n_rows, 1 + blueprint->n_placements, needs,
			     &rootlet, error);
	if (result == 0)
		result = generation_new(linker, blueprint, rootlet, 0, NULL, join_results, ret,
					error);
	return result;
}
