// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Static linking: the components of a chain become one XDP program. Each component was loaded and verified
 * before, so its instructions are final and its maps exist; here they are laid out one after the other. It
 * also works if the kernel has no freplace.
 */
#include "base/cleanup.h"
#include "bpf/counter-rows.h"
#include "daemon/kernel/counters.h"
#include "daemon/kernel/rootlet.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/codegen/layout.h"
#include "daemon/linkers/fused/btf-merge.h"
#include "daemon/linkers/fused/code-analysis.h"
#include "daemon/linkers/fused/inline-choice.h"
#include "daemon/linkers/fused/load.h"
#include "daemon/linkers/fused/policy.h"
#include "daemon/linkers/fused/trace-maps.h"
#include "daemon/linkers/fused/unsupported.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

static_assert(offsetof(struct fused, linker) == 0, "linkers are cast to what they are");

static int fused_open(const struct features *features, struct linker **ret, struct error *error)
{
	struct fused *fused = calloc(1, sizeof(*fused));

	(void)features;
	if (!fused)
		return error_memory(error);
	fused->linker.attach_type = BPF_XDP;
	*ret = &fused->linker;
	return 0;
}

static void fused_drop(struct linker *linker)
{
	free(linker);
}

static int fused_load(struct linker *linker, const struct load_options *options,
		      struct component **ret, struct error *error)
{
	(void)linker;
	return component_load(options, NULL, ret, error);
}

/* The state of fusing a chain. */
struct fusion {
	const struct blueprint *blueprint;
	struct code_analysis analyses[ROOTLET_SLOTS];
	struct join_result join_results[ROOTLET_SLOTS];
	struct frame frame;
	struct block blocks[ROOTLET_SLOTS];
	struct layout layout;
	struct merged_btf types;
	struct module_functions modules;
};

static void fusion_done(struct fusion *fusion)
{
	layout_done(&fusion->layout);
	merged_btf_done(&fusion->types);
	module_functions_done(&fusion->modules);
}

static int study(struct linker *linker, struct fusion *fusion, struct error *error)
{
	const struct blueprint *blueprint = fusion->blueprint;
	size_t misfit;

	for (size_t i = 0; i < blueprint_parts(blueprint); i++) {
		const struct component *component = blueprint->placements[i].component;
		int result = fused_check(linker, component, error);

		if (result < 0)
			return result;
		result = code_analysis_read(&component->code, &component->work,
					    &fusion->analyses[i]);
		if (result < 0)
			return error_set(error, ERROR_UNSUPPORTED, result,
					 "cannot fuse the instructions of '%s': %s",
					 component->spec.program, errno_name(result));
	}
	if (blueprint_tail_fd(blueprint) >= 0)
		fusion->analyses[blueprint_parts(blueprint)].is_elsewhere = true;
	for (size_t i = 0; blueprint->call_all && i < blueprint->n_placements; i++)
		fusion->analyses[i].obstacle = "inlining is switched off";
	misfit = inline_choose(fusion->analyses, blueprint->n_placements, fusion->join_results,
			       blueprint->trace, &fusion->frame);
	if (misfit == blueprint->n_placements)
		return 0;
	return error_set(error, ERROR_UNSUPPORTED, -E2BIG,
			 "'%s' does not fit into the fused chain: it needs %u bytes of stack, and "
			 "all frames together may use %d",
			 blueprint->placements[misfit].component->spec.program,
			 frame_size(fusion->analyses[misfit].stack) +
				 fusion->analyses[misfit].below,
			 STACK_MAX);
}

static int lay_out(struct fusion *fusion, int counters_fd, struct error *error)
{
	const struct blueprint *blueprint = fusion->blueprint;
	int result;

	for (size_t i = 0; i < blueprint->n_placements; i++) {
		const struct placement *placement = &blueprint->placements[i];

		fusion->blocks[i] = (struct block){
			.instructions = placement->component->code.instructions,
			.n_instructions = placement->component->code.n_instructions,
			.main_length = fusion->analyses[i].main_length,
			.join = fusion->join_results[i].join,
			.tail_fd = placement->component->tail_fd,
			.uses_context = fusion->analyses[i].uses_context,
			.tail_calls = fusion->analyses[i].tail_calls,
			.proceed = placement->proceed,
			.forbidden = placement->forbidden,
			.overruled_row = ROOTLET_OVERRULED_ROW(blueprint->n_placements, i),
		};
	}
	result = layout_chain(
		fusion->blocks, blueprint->n_placements, &fusion->frame,
		&(const struct counting){ .counters_fd = counters_fd, .trace = blueprint->trace },
		&fusion->layout);
	if (result == -ERANGE)
		return fused_too_long(blueprint, error);
	return result < 0 ? error_memory(error) : 0;
}

static int merge_btf(struct fusion *fusion, struct error *error)
{
	const struct blueprint *blueprint = fusion->blueprint;
	struct part parts[ROOTLET_SLOTS];
	size_t n_parts = blueprint_parts(blueprint);

	for (size_t i = 0; i < n_parts; i++)
		parts[i] = (struct part){
			.component = blueprint->placements[i].component,
			.name = blueprint->placements[i].name,
			.block = &fusion->blocks[i],
			.place = &fusion->layout.places[i],
		};
	return btf_merge(ROOTLET_NAME, parts, n_parts, fusion->layout.end, &fusion->types, error);
}

/*
 * Calls of a module's function refer to the component's own list of modules; here they get positions in the
 * list of the whole program.
 */
static int merge_modules(struct fusion *fusion, struct error *error)
{
	const struct blueprint *blueprint = fusion->blueprint;

	for (size_t i = 0; i < blueprint_parts(blueprint); i++) {
		const struct program_code *code = &blueprint->placements[i].component->code;
		int offset;
		int result = module_functions_add(&fusion->modules, code, &offset);

		if (result < 0)
			return error_set(error, ERROR_UNSUPPORTED, result,
					 "cannot fuse the calls of '%s' into kernel modules: %s",
					 blueprint->placements[i].name, errno_name(result));
		for (size_t j = 0; j < code->n_instructions; j++)
			if (module_functions_are_called(&code->instructions[j]))
				fusion->layout
					.instructions[place_of(&fusion->layout.places[i],
							       &fusion->blocks[i], j)]
					.off += offset;
	}
	return 0;
}

static int load(struct linker *linker, const struct fusion *fusion, int counters_fd,
		struct error *error)
{
	const struct blueprint *blueprint = fusion->blueprint;
	struct component_place places[ROOTLET_SLOTS];
	const struct fused_program program = {
		.instructions = fusion->layout.instructions,
		.n_instructions = fusion->layout.n_instructions,
		.types = &fusion->types,
		.modules = &fusion->modules,
		.places = places,
		.counters_fd = counters_fd,
		.traces = fusion->layout.traces,
		.n_traces = fusion->layout.n_traces,
	};

	for (size_t i = 0; i < blueprint->n_placements; i++) {
		const struct place *place = &fusion->layout.places[i];
		bool inlined = fusion->blocks[i].join == JOIN_INLINED;

		places[i] = (struct component_place){
			.inlined = inlined,
			.main = inlined ? place_of(place, &fusion->blocks[i], 0) : place->main,
			.call = place->call,
			.rest = place->rest,
		};
	}
	return fused_load_program(linker, blueprint, &program, error);
}

static int build_chain(struct linker *linker, const struct blueprint *blueprint,
		       struct generation **ret, struct error *error)
{
	cleanup(fusion_done) struct fusion fusion = { .blueprint = blueprint };
	cleanup(rootlet_release) struct rootlet *rootlet = NULL;
	struct node *needs[ROOTLET_SLOTS];
	size_t n_rows = blueprint_rows(blueprint);
	cleanup(closep) int counters_fd = -1;
	int program_fd, result;

	counters_fd = blueprint_counters(blueprint, error);
	if (counters_fd < 0)
		return counters_fd;
	result = study(linker, &fusion, error);
	if (result == 0)
		result = lay_out(&fusion, blueprint->uncounted ? -1 : counters_fd, error);
	if (result == 0)
		result = merge_btf(&fusion, error);
	if (result == 0)
		result = merge_modules(&fusion, error);
	if (result < 0)
		return result;
	program_fd = load(linker, &fusion, counters_fd, error);
	if (program_fd < 0)
		return program_fd;
	for (size_t i = 0; i < blueprint->n_placements; i++)
		needs[i] = &blueprint->placements[i].component->node;
	result = rootlet_new(program_fd, steal_fd(&counters_fd), n_rows, blueprint->n_placements,
			     needs, &rootlet, error);
	if (result == 0)
		result = generation_new(linker, blueprint, rootlet, 0, NULL, fusion.join_results,
					ret, error);
	return result;
}

static int fused_build(struct linker *linker, const struct blueprint *blueprint,
		       struct generation **ret, struct error *error)
{
	struct blueprint complete = *blueprint;
	struct trace_plan plan;
	int result = trace_maps_open(blueprint, &plan, error);

	if (result < 0)
		return result;
	complete.trace = blueprint->trace ? &plan : NULL;
	result = blueprint->policy ? fused_build_policy(linker, &complete, ret, error)
				   : build_chain(linker, &complete, ret, error);
	trace_maps_close(&plan);
	return result;
}

const struct linker_type linker_fused = {
	.name = "fused",
	.components_max = ROOTLET_SLOTS,
	.open = fused_open,
	.drop = fused_drop,
	.load = fused_load,
	.check_fusable = fused_check,
	.build = fused_build,
};
