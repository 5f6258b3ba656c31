// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Dynamic linking: a rootlet with placeholders, which components replace that were loaded as extensions. A
 * component is loaded once, however many rootlets it is linked into.
 */
#include "base/cleanup.h"
#include "daemon/kernel/component/code-recorder.h"
#include "daemon/kernel/component/policy-slots.h"
#include "daemon/kernel/counters.h"
#include "daemon/kernel/libxdp/config-map.h"
#include "daemon/kernel/placeholders.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/codegen/join.h"
#include "daemon/linkers/codegen/layout.h"
#include "daemon/linkers/freplace/counter-extension.h"
#include "daemon/linkers/freplace/link-slots.h"
#include "daemon/linkers/freplace/policy.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"

#include <assert.h>

/*
 * An extension can be linked to any function that fits, but the kernel verifies it against one program of
 * the same attach type: the template.
 */
struct freplace {
	struct linker linker;
	struct linker *fused; /* for chains that cannot consist of extensions */
	struct placeholders template;
	struct placeholders old_template; /* has no attach type; loaded when it is first needed */
};

static_assert(offsetof(struct freplace, linker) == 0, "linkers are cast to what they are");

static int freplace_open(const struct features *features, struct linker **ret, struct error *error)
{
	const struct feature_state *state = &features->state[FEATURE_FREPLACE];
	struct freplace *freplace;
	int result;

	if (!state->available)
		return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
				 "this kernel does not support freplace: %s", state->why);
	freplace = calloc(1, sizeof(*freplace));
	if (!freplace)
		return error_memory(error);
	freplace->linker.attach_type = BPF_XDP;
	freplace->old_template = (struct placeholders){ .program_fd = -1, .btf_fd = -1 };
	result = linker_open_type(&linker_fused, features, &freplace->fused, error);
	if (result == 0)
		result = placeholders_load(freplace->linker.attach_type, &freplace->template,
					   error);
	if (result < 0) {
		linker_drop(&freplace->fused);
		free(freplace);
		return result;
	}
	*ret = &freplace->linker;
	return 0;
}

static void freplace_drop(struct linker *linker)
{
	struct freplace *freplace = (struct freplace *)linker;

	placeholders_done(&freplace->template);
	placeholders_done(&freplace->old_template);
	linker_drop(&freplace->fused);
	free(freplace);
}

/*
 * Devices that were attached by an earlier xdpd run rootlets without an attach type, and must keep them.
 */
static int find_template(struct freplace *freplace, enum bpf_attach_type attach_type,
			 const struct placeholders **ret, struct error *error)
{
	*ret = attach_type == BPF_XDP ? &freplace->template : &freplace->old_template;
	if ((*ret)->program_fd >= 0)
		return 0;
	return placeholders_load(attach_type, &freplace->old_template, error);
}

/* An extension for a slot is verified against the policy itself. */
static int load_for_slot(const struct load_options *options, struct component **ret,
			 struct error *error)
{
	cleanup(policy_slots_done) struct policy_slots slots = {};
	const struct signature *slot;
	struct extension_target target;
	int result = policy_slots_read(options->policy, &slots, error);

	if (result == 0)
		result = policy_slots_find(&slots, options->spec->slot, &slot, error);
	if (result < 0)
		return result;
	target = (struct extension_target){ options->policy->fd, slot->function_id };
	return component_load(options, &target, ret, error);
}

/*
 * An extension is always bound to the device of the program it was loaded against
 * (bpf_prog_dev_bound_inherit()), so it would take a template and a policy for each device. It is simpler to
 * build one program for each device.
 */
static int freplace_load(struct linker *linker, const struct load_options *options,
			 struct component **ret, struct error *error)
{
	struct linker *fused = ((struct freplace *)linker)->fused;
	const struct placeholders *template;
	struct extension_target target;
	int result;

	if (options->bound_to)
		return fused->type->load(fused, options, ret, error);
	if (options->is_policy || (options->spec->slot && !options->policy))
		return component_load(options, NULL, ret, error);
	if (options->policy)
		return load_for_slot(options, ret, error);
	result = find_template((struct freplace *)linker, options->attach_type, &template, error);
	if (result < 0)
		return result;
	target = (struct extension_target){ template->program_fd, template->slot_ids[0] };
	return component_load(options, &target, ret, error);
}

static int freplace_check_fusable(struct linker *linker, const struct component *component,
				  struct error *error)
{
	struct linker *fused = ((struct freplace *)linker)->fused;

	return fused->type->check_fusable(fused, component, error);
}

/*
 * How many components can run: none after a component that proceeds on no verdict. The verifier finds that
 * out as well, and removes the placeholders after it, unless libxdp's tools should list them.
 */
static size_t count_reached(const struct blueprint *blueprint)
{
	for (size_t i = 0; i < blueprint->n_placements; i++)
		if (!(blueprint->placements[i].proceed & ~blueprint->placements[i].forbidden) &&
		    !blueprint->listed_in)
			return i + 1;
	return blueprint->n_placements;
}

/* How many of the components replace placeholders. */
static size_t count_slots(const struct blueprint *blueprint)
{
	size_t n_reached = count_reached(blueprint);

	return n_reached == blueprint->n_placements && blueprint_tail_fd(blueprint) >= 0
		       ? n_reached - 1
		       : n_reached;
}

/*
 * Lays out a rootlet that calls placeholders, and tests each result with the proceed set of the component.
 */
static int lay_out(const struct freplace *freplace, const struct blueprint *blueprint,
		   const struct counting *counting, struct layout *ret)
{
	static const struct frame frame = { .stack = 8, .context_register = BPF_REG_6 };
	struct block blocks[ROOTLET_SLOTS];
	size_t n_blocks = count_reached(blueprint);
	size_t n_slots = count_slots(blueprint);

	for (size_t i = 0; i < n_slots; i++) {
		size_t length;
		const struct bpf_insn *instructions = placeholders_find(
			&freplace->template, freplace->template.slot_ids[i], &length);

		blocks[i] = (struct block){
			.instructions = instructions,
			.n_instructions = length,
			.main_length = length,
			.join = JOIN_CALLED,
			.uses_context = true,
			.proceed = blueprint->placements[i].proceed,
			.forbidden = blueprint->placements[i].forbidden,
			.overruled_row = ROOTLET_OVERRULED_ROW(blueprint->n_placements, i),
			.keeps_next = blueprint->listed_in,
		};
	}
	if (n_slots < n_blocks)
		blocks[n_slots] = (struct block){ .join = JOIN_TAIL_CALLED,
						  .tail_fd = blueprint_tail_fd(blueprint) };
	return layout_chain(blocks, n_blocks, &frame, counting, ret);
}

static int load_program(const struct freplace *freplace, const struct blueprint *blueprint,
			const struct layout *layout, struct error *error)
{
	const struct placeholders *template = &freplace->template;
	struct bpf_func_info functions[ROOTLET_SLOTS + 2] = { { 0, template->main_id } };
	size_t n_slots = count_slots(blueprint);
	struct rootlet_program program = {
		.name = blueprint->listed_in ? LIBXDP_DISPATCHER_NAME : ROOTLET_NAME,
		.instructions = layout->instructions,
		.n_instructions = layout->n_instructions,
		.license = "GPL",
		.frags = blueprint_frags(&freplace->linker, blueprint),
		.attach_type = blueprint->attach_type,
		.btf_fd = template->btf_fd,
		.n_functions = 1 + n_slots,
		.functions = functions,
	};
	int fd;

	for (size_t i = 0; i < n_slots; i++)
		functions[i + 1] = (struct bpf_func_info){ layout->places[i].main,
							   template->slot_ids[i] };
	if (layout->account)
		functions[program.n_functions++] = (struct bpf_func_info){ layout->account,
									   template->account_id };
	fd = rootlet_load(&program, NULL, 0);
	if (fd >= 0)
		return fd;
	return error_set(error, ERROR_KERNEL_REFUSED, fd,
			 "the kernel refused to load the rootlet: %s", errno_name(fd));
}

/* A rootlet that libxdp's tools should list must not have a map of its own for counters. */
static struct counting choose_counting(const struct freplace *freplace,
				       const struct blueprint *blueprint, int counters_fd)
{
	struct counting counting = { .counters_fd = -1 };

	if (blueprint->uncounted)
		return counting;
	if (blueprint->listed_in)
		counting.account = placeholders_find(&freplace->template,
						     freplace->template.account_id,
						     &counting.account_length);
	else
		counting.counters_fd = counters_fd;
	return counting;
}

static int build_rootlet(const struct freplace *freplace, const struct blueprint *blueprint,
			 struct rootlet **ret, struct error *error)
{
	size_t n_rows = blueprint_rows(blueprint);
	cleanup(layout_done) struct layout layout = {};
	cleanup(closep) int counters_fd = counters_new(n_rows, error);
	struct node *jumps_to = NULL;
	struct counting counting;
	int program_fd;

	if (counters_fd < 0)
		return counters_fd;
	counting = choose_counting(freplace, blueprint, counters_fd);
	if (lay_out(freplace, blueprint, &counting, &layout) < 0)
		return error_memory(error);
	program_fd = load_program(freplace, blueprint, &layout, error);
	if (program_fd < 0)
		return program_fd;
	if (blueprint_tail_fd(blueprint) >= 0)
		jumps_to = &blueprint->placements[blueprint->n_placements - 1].component->node;
	return rootlet_new(program_fd, steal_fd(&counters_fd), n_rows, jumps_to != NULL, &jumps_to,
			   ret, error);
}

/*
 * Makes libxdp accept the rootlet as one of its dispatchers, with an extension that counts for it.
 */
static int make_listable(struct freplace *freplace, const struct blueprint *blueprint,
			 struct rootlet *rootlet, struct error *error)
{
	struct libxdp_config record = { .n_programs = blueprint->n_placements };
	const struct placeholders *template;
	int result = find_template(freplace, blueprint->attach_type, &template, error);

	record.frags = blueprint_frags(&freplace->linker, blueprint);
	for (size_t i = 0; i < record.n_programs; i++) {
		const struct placement *placement = &blueprint->placements[i];

		record.programs[i].proceed = placement->proceed & ~placement->forbidden;
		record.programs[i].priority = placement->priority;
		if (placement->component->frags)
			record.programs[i].flags = BPF_F_XDP_HAS_FRAGS;
	}
	if (result == 0)
		result = libxdp_config_write(&record, rootlet->fd, error);
	if (result < 0 || blueprint->uncounted)
		return result;
	rootlet->account_fd = counter_extension_link(template, rootlet->fd, rootlet->counters_fd,
						     error);
	return rootlet->account_fd < 0 ? rootlet->account_fd : 0;
}

/*
 * The first component that had to be loaded as an XDP program; NULL: the chain can consist of extensions.
 */
static const struct placement *find_program(const struct blueprint *blueprint)
{
	for (size_t i = 0; i < blueprint->n_placements; i++) {
		const struct component *component = blueprint->placements[i].component;

		if (!component->extension && component->tail_fd < 0)
			return &blueprint->placements[i];
	}
	return NULL;
}

static int not_listable(const struct placement *program, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "libxdp's tools list only extensions, but '%s' cannot be an extension: %s",
			 program->name, program->component->no_extension ?: "reason unknown");
}

static int freplace_build(struct linker *linker, const struct blueprint *blueprint,
			  struct generation **ret, struct error *error)
{
	struct join_result
		join_results[ROOTLET_SLOTS] = {}; /* extensions, except for the last one perhaps */
	struct freplace *freplace = (struct freplace *)linker;
	cleanup(rootlet_release) struct rootlet *rootlet = NULL;
	const struct placement *program = find_program(blueprint);
	int result;

	assert(blueprint->n_placements <= ROOTLET_SLOTS);
	if (program && blueprint->listed_in)
		return not_listable(program, error);
	if (program)
		return freplace->fused->type->build(freplace->fused, blueprint, ret, error);
	if (blueprint->policy)
		return freplace_build_policy(linker, blueprint, ret, error);
	if (blueprint_tail_fd(blueprint) >= 0)
		join_results[blueprint->n_placements - 1] = join_result_tail_called;
	result = build_rootlet(freplace, blueprint, &rootlet, error);
	if (result == 0 && blueprint->listed_in)
		result = make_listable(freplace, blueprint, rootlet, error);
	return result < 0 ? result
			  : link_slots(linker, blueprint, rootlet, freplace->template.slot_ids,
				       count_slots(blueprint), join_results, ret, error);
}

const struct linker_type linker_freplace = {
	.name = "freplace",
	.components_max = ROOTLET_SLOTS,
	.extends = true,
	.open = freplace_open,
	.drop = freplace_drop,
	.load = freplace_load,
	.check_fusable = freplace_check_fusable,
	.build = freplace_build,
};
