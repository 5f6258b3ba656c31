/*
 * Static linking: the components of a chain become one XDP program. Each was loaded and verified
 * by itself, so its instructions are final and its maps exist; here they are laid out behind each
 * other. Works where the kernel has no freplace.
 */
#include "base/cleanup.h"
#include "bpf/rootlet.h"
#include "daemon/kernel/counters.h"
#include "daemon/kernel/verifier.h"
#include "daemon/linkers/layout.h"
#include "daemon/linkers/linker.h"
#include "daemon/linkers/types.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

#define ROOTLET_NAME	  "xdpd_rootlet"
#define VERIFIER_LOG_SIZE (16 << 20)

static int fused_open(const struct features *features, struct linker **ret, struct error *error)
{
	(void)features;
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : error_memory(error);
}

static void fused_drop(struct linker *linker)
{
	free(linker);
}

/* What a component may not contain; says the construct. */
static int check(const struct component *component, struct error *error)
{
	for (size_t i = 0; i < component->code.n_instructions; i++) {
		const struct bpf_insn *instruction = &component->code.instructions[i];

		if (instruction->code == (BPF_JMP | BPF_CALL) &&
		    instruction->src_reg == BPF_PSEUDO_KFUNC_CALL && instruction->off)
			return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
					 "'%s' calls a function of a kernel module, which the "
					 "fused linker cannot",
					 component->program_name);
	}
	return 0;
}

static int fused_load(struct linker *linker, const struct object *object,
		      const struct program_choice *choice, const struct pin_places *places,
		      struct component **ret, struct error *error)
{
	cleanup(component_release) struct component *component = NULL;
	int result;

	(void)linker;
	result = component_load(object, choice, NULL, places, &component, error);
	if (result == 0)
		result = check(component, error);
	if (result == 0)
		*ret = steal(component);
	return result;
}

/* One program has one license; helpers for GPL programs are had only if all components allow it. */
static const struct component *not_gpl(const struct blueprint *blueprint)
{
	for (size_t i = 0; i < blueprint->n_placements; i++)
		if (!blueprint->placements[i].component->gpl_compatible)
			return blueprint->placements[i].component;
	return NULL;
}

static int refused(int failure, const struct blueprint *blueprint, const char *log,
		   struct error *error)
{
	const struct component *odd = not_gpl(blueprint);
	cleanup(freep) char *digest = verifier_digest(log);

	if (odd && strstr(log, "GPL"))
		error_set(
			error, ERROR_UNSUPPORTED, failure,
			"'%s' is not GPL-compatible, but another component of the chain calls what "
			"only GPL-compatible programs may, and fused they are one program",
			odd->program_name);
	else if (failure == -E2BIG && strstr(log, "number of maps"))
		error_set(error, ERROR_CHAIN_FULL, failure,
			  "fused, the %zu components of the chain would have more maps than the 64 "
			  "that "
			  "the kernel allows one program",
			  blueprint->n_placements);
	else
		error_set(error, digest ? ERROR_VERIFIER_REJECTED : ERROR_KERNEL_REFUSED, failure,
			  "the kernel does not load the chain as one program (%s), though each of "
			  "its "
			  "%zu components loads alone",
			  errno_name(failure), blueprint->n_placements);
	error_detail(error, digest);
	return failure;
}

/* Loads the program; asks for the verifier's log only when it was refused. */
static int load_program(const struct linker *linker, const struct blueprint *blueprint,
			const struct layout *layout, const struct types *types, struct error *error)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_XDP);
	const char *license = not_gpl(blueprint) ? "Proprietary" : "GPL";
	cleanup(freep) char *log = NULL;
	int fd;

	options.prog_flags = blueprint_frags(linker, blueprint) ? BPF_F_XDP_HAS_FRAGS : 0;
	if (types->btf) {
		options.prog_btf_fd = btf__fd(types->btf);
		options.func_info = types->functions;
		options.func_info_cnt = types->n_functions;
		options.func_info_rec_size = sizeof(*types->functions);
	}
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, ROOTLET_NAME, license, layout->instructions,
			   layout->n_instructions, &options);
	if (fd >= 0)
		return fd;
	log = malloc(VERIFIER_LOG_SIZE);
	if (!log)
		return error_memory(error);
	log[0] = '\0';
	options.log_buf = log;
	options.log_size = VERIFIER_LOG_SIZE;
	options.log_level = 1;
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, ROOTLET_NAME, license, layout->instructions,
			   layout->n_instructions, &options);
	return fd >= 0 ? fd : refused(-errno, blueprint, log, error);
}

static int lay_out(const struct blueprint *blueprint, int counters_fd, struct layout *ret,
		   struct error *error)
{
	struct block blocks[ROOTLET_SLOTS];

	for (size_t i = 0; i < blueprint->n_placements; i++) {
		const struct placement *placement = &blueprint->placements[i];

		blocks[i] = (struct block){
			.instructions = placement->component->code.instructions,
			.n_instructions = placement->component->code.n_instructions,
			.proceed = placement->proceed,
		};
	}
	if (layout_chain(blocks, blueprint->n_placements, counters_fd, ret) < 0)
		return error_memory(error);
	return 0;
}

static int fuse(struct linker *linker, const struct blueprint *blueprint, int counters_fd,
		struct error *error)
{
	struct component *components[ROOTLET_SLOTS];
	cleanup(layout_done) struct layout layout = {};
	cleanup(types_done) struct types types = {};
	int result;

	for (size_t i = 0; i < blueprint->n_placements; i++)
		components[i] = blueprint->placements[i].component;
	result = lay_out(blueprint, counters_fd, &layout, error);
	if (result == 0)
		result = types_join(ROOTLET_NAME, blueprint->n_placements, components,
				    layout.starts, &types, error);
	if (result == 0)
		result = load_program(linker, blueprint, &layout, &types, error);
	return result;
}

static int fused_build(struct linker *linker, const struct blueprint *blueprint,
		       struct generation **ret, struct error *error)
{
	cleanup(rootlet_release) struct rootlet *rootlet = NULL;
	struct node *needs[ROOTLET_SLOTS];
	size_t n_rows = blueprint->n_placements + 1;
	cleanup(closep) int counters_fd = -1;
	int program_fd, result;

	counters_fd = counters_new(n_rows, error);
	if (counters_fd < 0)
		return counters_fd;
	program_fd = fuse(linker, blueprint, counters_fd, error);
	if (program_fd < 0)
		return program_fd;
	for (size_t i = 0; i < blueprint->n_placements; i++)
		needs[i] = &blueprint->placements[i].component->node;
	result = rootlet_new(program_fd, steal_fd(&counters_fd), n_rows,
			     blueprint_frags(linker, blueprint), blueprint->n_placements, needs,
			     &rootlet, error);
	if (result == 0)
		result = generation_new(blueprint, rootlet, 0, NULL, ret, error);
	return result;
}

const struct linker_type linker_fused = {
	.name = "fused",
	.components_max = ROOTLET_SLOTS,
	.open = fused_open,
	.drop = fused_drop,
	.load = fused_load,
	.build = fused_build,
};
