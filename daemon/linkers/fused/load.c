/* What is one program now, handed to the kernel, and its refusals as sentences. */
#include "daemon/linkers/fused/load.h"

#include "base/cleanup.h"
#include "daemon/kernel/rootlet.h"
#include "daemon/linkers/blueprint.h"
#include "object/verifier-log.h"

#include <bpf/btf.h>
#include <string.h>

/* The kernel's BPF_COMPLEXITY_LIMIT_INSNS. */
#define VERIFIER_STEPS_MAX 1000000
/* The kernel's MAX_USED_MAPS. */
#define MAPS_MAX 64

/* One program has one license; helpers for GPL programs are had only if all components allow it. */
static const struct component *not_gpl(const struct blueprint *blueprint)
{
	for (size_t i = 0; i < blueprint_parts(blueprint); i++)
		if (!blueprint->placements[i].component->gpl_compatible)
			return blueprint->placements[i].component;
	return blueprint->policy && !blueprint->policy->gpl_compatible ? blueprint->policy : NULL;
}

/* With the counters' own, and the array for a tail call. */
static size_t count_maps(const struct blueprint *blueprint)
{
	size_t count = 1 + (blueprint_tail_fd(blueprint) >= 0);

	if (blueprint->policy)
		count += blueprint->policy->n_maps;
	for (size_t i = 0; i < blueprint_parts(blueprint); i++)
		count += blueprint->placements[i].component->n_maps;
	return count;
}

/* Says which component is the heavy one, and what would fit. There are some: empty, it is not heavy. */
static int too_much_work(int failure, const struct blueprint *blueprint, struct error *error)
{
	const struct component *heavy = blueprint->placements[0].component;
	unsigned long total = 0;
	size_t n_fit = 0;

	for (size_t i = 0; i < blueprint->n_placements; i++) {
		const struct component *component = blueprint->placements[i].component;

		total += component->work.processed;
		if (total <= VERIFIER_STEPS_MAX)
			n_fit = i + 1;
		if (component->work.processed > heavy->work.processed)
			heavy = component;
	}
	return error_set(error, ERROR_CHAIN_FULL, failure,
			 "the fused chain exceeds the verifier's limit of %d instructions: "
			 "verified separately, its %zu components take %lu, and the heaviest, "
			 "'%s', takes %lu of them; about the first %zu would fit",
			 VERIFIER_STEPS_MAX, blueprint->n_placements, total, heavy->spec.program,
			 heavy->work.processed, n_fit);
}

static int refused(int failure, const struct blueprint *blueprint, const char *log,
		   struct error *error)
{
	const struct component *odd = not_gpl(blueprint);
	cleanup(freep) char *digest = verifier_log_digest(log);

	if (odd && strstr(log, "GPL"))
		error_set(error, ERROR_UNSUPPORTED, failure,
			  "'%s' is not GPL-compatible, but another component calls functions for "
			  "GPL-compatible programs only; fused, they are one program",
			  odd->spec.program);
	else if (failure == -E2BIG && count_maps(blueprint) > MAPS_MAX)
		error_set(error, ERROR_CHAIN_FULL, failure,
			  "the fused chain of %zu components would use more maps than the %d that "
			  "the kernel allows one program",
			  blueprint->n_placements, MAPS_MAX);
	else
		error_set(error, digest ? ERROR_VERIFIER_REJECTED : ERROR_KERNEL_REFUSED, failure,
			  "the kernel refused to load the fused chain (%s), although each of its "
			  "%zu components loads separately",
			  errno_name(failure), blueprint->n_placements);
	error_detail(error, digest);
	return failure;
}

/* The verifier tells its reasons only in a second try: they cost much more than the verdict. */
int fused_load_program(const struct linker *linker, const struct blueprint *blueprint,
		       const struct bpf_insn *instructions, size_t n_instructions,
		       const struct merged_btf *types, struct error *error)
{
	const struct rootlet_program program = {
		.name = ROOTLET_NAME,
		.instructions = instructions,
		.n_instructions = n_instructions,
		.license = not_gpl(blueprint) ? "Proprietary" : "GPL",
		.frags = blueprint_frags(linker, blueprint),
		.attach_type = blueprint->attach_type,
		.bound_to = blueprint->bound_to,
		.btf_fd = types->btf ? btf__fd(types->btf) : 0,
		.n_functions = types->n_functions,
		.functions = types->functions,
		.n_lines = types->n_lines,
		.lines = types->lines,
	};
	cleanup(freep) char *log = malloc(VERIFIER_LOG_SIZE);
	struct verifier_work work;
	int fd;

	if (!log)
		return error_memory(error);
	fd = rootlet_load(&program, log, VERIFIER_LOG_STATISTICS);
	if (fd >= 0)
		return fd;
	verifier_work_read(log, &work);
	if (fd == -E2BIG && work.processed >= VERIFIER_STEPS_MAX && blueprint->n_placements)
		return too_much_work(fd, blueprint, error);
	fd = rootlet_load(&program, log, VERIFIER_LOG_REASONS);
	return fd >= 0 ? fd : refused(fd, blueprint, log, error);
}
