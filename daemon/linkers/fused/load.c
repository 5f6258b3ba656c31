// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Loads a fused program, and explains the kernel's errors. */
#include "daemon/linkers/fused/load.h"

#include "base/cleanup.h"
#include "bpf/counter-rows.h"
#include "daemon/kernel/component/policy-offers.h"
#include "daemon/kernel/rootlet.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/check/check.h"
#include "object/verifier-log.h"

#include <assert.h>
#include <bpf/btf.h>
#include <string.h>

/* The kernel's BPF_COMPLEXITY_LIMIT_INSNS. */
#define VERIFIER_STEPS_MAX 1000000
/* One after each component, or in its wrapper, and at the ways in and out. */
#define FUSED_TRACES_MAX (ROOTLET_SLOTS + 4)
/* The kernel's MAX_USED_MAPS. */
#define MAPS_MAX 64

/*
 * A program has only one license: it may use helpers for GPL programs only if all components allow that.
 */
static const struct component *not_gpl(const struct blueprint *blueprint)
{
	for (size_t i = 0; i < blueprint_parts(blueprint); i++)
		if (!blueprint->placements[i].component->gpl_compatible)
			return blueprint->placements[i].component;
	return blueprint->policy && !blueprint->policy->gpl_compatible ? blueprint->policy : NULL;
}

int fused_too_long(const struct blueprint *blueprint, struct error *error)
{
	return error_set(error, ERROR_CHAIN_FULL, -ERANGE,
			 blueprint->trace ? "the chain is too long for its jumps with the "
					    "instructions that trace it; use fewer traces at the "
					    "same time, shorter expressions, or no --journey"
					  : "the fused chain is too long for its jumps");
}

/*
 * Includes the map of the counters or of a traced policy, the array of a tail call, two maps of each tracer, and one of
 * all their samples.
 */
static size_t count_maps(const struct blueprint *blueprint)
{
	size_t count = 1 + (blueprint_tail_fd(blueprint) >= 0) +
		       (blueprint->trace ? 2 * blueprint->trace->n_tracings + 1 : 0);

	if (blueprint->policy)
		count += blueprint->policy->n_maps;
	for (size_t i = 0; i < blueprint_parts(blueprint); i++)
		count += blueprint->placements[i].component->n_maps;
	return count;
}

/*
 * Names the component that needs most of the verifier's limit, and says how many would fit. There are
 * components, because an empty chain needs little.
 */
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
	else if (blueprint->trace)
		error_set(error, digest ? ERROR_VERIFIER_REJECTED : ERROR_KERNEL_REFUSED, failure,
			  "the chain cannot be traced: the kernel refused to load it with the "
			  "instructions that trace it (%s)",
			  errno_name(failure));
	else
		error_set(error, digest ? ERROR_VERIFIER_REJECTED : ERROR_KERNEL_REFUSED, failure,
			  "the kernel refused to load the fused chain (%s), although each of its "
			  "%zu components loads separately",
			  errno_name(failure), blueprint->n_placements);
	error_detail(error, digest);
	return failure;
}

/* The maps of a component, as a list of descriptors; to be freed. */
static int *list_maps(const struct component *component)
{
	int *fds = calloc(component->n_maps + 1, sizeof(*fds));

	for (size_t i = 0; fds && i < component->n_maps; i++)
		fds[i] = component->maps[i].fd;
	return fds;
}

static int describe_code(const char *name, const struct component *component,
			 struct checked_code *ret)
{
	*ret = (struct checked_code){
		.name = name,
		.instructions = component->code.instructions,
		.n_instructions = component->code.n_instructions,
		.map_fds = list_maps(component),
		.n_maps = component->n_maps,
		.modules = component->code.modules,
		.n_modules = component->code.n_modules,
	};
	return ret->map_fds ? 0 : -ENOMEM;
}

/*
 * The checker learns about the components from the blueprint; the layout contributes only positions.
 */
static int describe_component(const struct blueprint *blueprint, const struct fused_program *fused,
			      size_t number, struct checked_component *ret)
{
	const struct placement *placement = &blueprint->placements[number];
	const struct component *component = placement->component;

	*ret = (struct checked_component){
		.tail_fd = number < blueprint_parts(blueprint) ? -1 : component->tail_fd,
		.stack = component->work.n_functions ? component->work.stack[0]
						     : CHECK_STACK_UNKNOWN,
		.proceed = placement->proceed,
		.forbidden = placement->forbidden,
		.overruled_row = ROOTLET_OVERRULED_ROW(blueprint->n_placements, number),
		.inlined = fused->places[number].inlined,
		.main = fused->places[number].main,
		.call = fused->places[number].call,
		.rest = fused->places[number].rest,
	};
	return describe_code(placement->name, component, &ret->code);
}

/* Their maps; returns how many there are. */
static size_t describe_tracers(const struct trace_plan *plan,
			       struct checked_tracer ret[static TRACES_MAX + 2])
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_tracings; i++)
		ret[n++] = (struct checked_tracer){ plan->tracings[i].rings_fd,
						    plan->tracings[i].lost_fd };
	if (plan->state_fd >= 0)
		ret[n++] = (struct checked_tracer){ -1, plan->state_fd };
	if (plan->samples_fd >= 0)
		ret[n++] = (struct checked_tracer){ -1, plan->samples_fd };
	return n;
}

static int prove_components(const struct blueprint *blueprint, const struct fused_program *fused,
			    const struct checked_component *components, size_t n_components,
			    struct error *error)
{
	struct checked_trace traces[FUSED_TRACES_MAX];
	struct checked_tracer tracers[TRACES_MAX + 2];
	struct checked_chain chain = {
		.instructions = fused->instructions,
		.n_instructions = fused->n_instructions,
		.modules = fused->modules->fds,
		.n_modules = fused->modules->n_fds,
		.components = components,
		.n_components = n_components,
		.counters_fd = blueprint->uncounted ? -1 : fused->counters_fd,
		.traces = traces,
		.n_traces = fused->n_traces,
		.tracers = tracers,
		.keeps_results = trace_has_journey(blueprint->trace),
	};

	assert(chain.n_traces <= FUSED_TRACES_MAX);
	for (size_t i = 0; i < chain.n_traces; i++)
		traces[i] = (struct checked_trace){ fused->traces[i].from, fused->traces[i].end };
	chain.n_tracers = blueprint->trace ? describe_tracers(blueprint->trace, tracers) : 0;
	return check_chain(&chain, error);
}

static int prove_chain(const struct blueprint *blueprint, const struct fused_program *fused,
		       struct error *error)
{
	struct checked_component components[ROOTLET_SLOTS] = {};
	size_t n = blueprint->n_placements;
	int result = 0;

	for (size_t i = 0; result == 0 && i < n; i++)
		result = describe_component(blueprint, fused, i, &components[i]);
	result = result < 0 ? error_memory(error)
			    : prove_components(blueprint, fused, components, n, error);
	for (size_t i = 0; i < n; i++)
		free((void *)components[i].code.map_fds);
	return result;
}

/* `positions` is the layout's claim; the caller adds the rules to `instead`. */
static int describe_part(const char *name, const struct component *component,
			 const size_t *positions, struct checked_reference **instead,
			 struct checked_part *ret)
{
	*instead = calloc(component->code.n_functions + 1, sizeof(**instead));
	*ret = (struct checked_part){
		.functions = component->code.functions,
		.n_functions = component->code.n_functions,
		.instead = *instead,
		.positions = positions,
	};
	return describe_code(name, component, &ret->code) < 0 || !*instead ? -ENOMEM : 0;
}

/* Which function is called instead of which, if parts[0] is the policy, and the others are in its slots. */
static void describe_calls(const struct fused_program *fused, const struct checked_part *parts,
			   size_t n_parts, struct checked_reference *const *instead)
{
	for (size_t i = 1; i < n_parts; i++) {
		const size_t *offers = fused->offers[i - 1];

		for (size_t j = 0; j < parts->n_functions; j++)
			if (parts->functions[j].type_id == fused->slots[i - 1])
				instead[0][j].part = &parts[i];
		for (size_t j = 0; offers && j < parts[i].n_functions; j++)
			if (offers[j] != OFFER_NONE)
				instead[i][j] = (struct checked_reference){ parts, offers[j] };
	}
}

/* A policy that is traced is the only component of a chain, and decides the verdict. */
static int prove_traced(const struct blueprint *blueprint, const struct fused_program *fused,
			const struct checked_policy *policy, struct error *error)
{
	const struct checked_component component = {
		.code.name = policy->parts->code.name,
		.parts = policy->parts,
		.n_parts = policy->n_parts,
		.tail_fd = -1,
		.main = fused->positions[0][0],
		.call = fused->call,
	};

	return prove_components(blueprint, fused, &component, 1, error);
}

static void describe_wrappers(const struct fused_program *fused, struct checked_part *parts)
{
	for (size_t i = 0; i < fused->n_wrappers; i++)
		parts[1 + fused->wrappers[i].filling].wrapper = &fused->wrappers[i].at;
}

static int prove_policy(const struct blueprint *blueprint, const struct fused_program *fused,
			struct error *error)
{
	struct checked_part parts[1 + ROOTLET_SLOTS] = {};
	struct checked_reference *instead[1 + ROOTLET_SLOTS] = {};
	const struct checked_policy policy = {
		.instructions = fused->instructions,
		.n_instructions = fused->n_instructions,
		.modules = fused->modules->fds,
		.n_modules = fused->modules->n_fds,
		.parts = parts,
		.n_parts = 1 + blueprint->n_placements,
	};
	int result = describe_part(blueprint->policy->spec.program, blueprint->policy,
				   fused->positions[0], &instead[0], &parts[0]);

	for (size_t i = 1; result == 0 && i < policy.n_parts; i++) {
		const struct placement *placement = &blueprint->placements[i - 1];

		result = describe_part(placement->name, placement->component, fused->positions[i],
				       &instead[i], &parts[i]);
	}
	if (result == 0)
		describe_calls(fused, parts, policy.n_parts, instead);
	describe_wrappers(fused, parts);
	if (result < 0)
		result = error_memory(error);
	else
		result = blueprint->trace ? prove_traced(blueprint, fused, &policy, error)
					  : check_policy(&policy, error);
	for (size_t i = 0; i < policy.n_parts; i++) {
		free((void *)parts[i].code.map_fds);
		free(instead[i]);
	}
	return result;
}

/*
 * The verifier's log is requested only in a second attempt, because it costs much more than the load.
 */
int fused_load_program(const struct linker *linker, const struct blueprint *blueprint,
		       const struct fused_program *fused, struct error *error)
{
	const struct merged_btf *types = fused->types;
	const struct rootlet_program program = {
		.name = ROOTLET_NAME,
		.instructions = fused->instructions,
		.n_instructions = fused->n_instructions,
		.license = not_gpl(blueprint) ? "Proprietary" : "GPL",
		.frags = blueprint_frags(linker, blueprint),
		.attach_type = blueprint->attach_type,
		.bound_to = blueprint->bound_to,
		.btf_fd = types->btf ? btf__fd(types->btf) : 0,
		.n_functions = types->n_functions,
		.functions = types->functions,
		.n_lines = types->n_lines,
		.lines = types->lines,
		.modules = fused->modules->fds,
	};
	cleanup(freep) char *statistics = malloc(verifier_log_size(VERIFIER_LOG_STATISTICS));
	cleanup(freep) char *reasons = NULL;
	struct verifier_work work;
	int result, fd;

	if (!statistics)
		return error_memory(error);
	if (blueprint->trace && !blueprint->trace->loads_bytes && not_gpl(blueprint))
		return error_set(error, ERROR_UNSUPPORTED, -EPERM,
				 "the chain cannot be traced: '%s' is not GPL-compatible, and "
				 "kernels before 5.18 let only GPL-compatible programs copy bytes "
				 "of packets",
				 not_gpl(blueprint)->spec.program);
	result = blueprint->policy ? prove_policy(blueprint, fused, error)
				   : prove_chain(blueprint, fused, error);
	if (result < 0)
		return result;
	fd = rootlet_load(&program, statistics, VERIFIER_LOG_STATISTICS);
	if (fd >= 0)
		return fd;
	verifier_work_read(statistics, &work);
	if (fd == -E2BIG && work.processed >= VERIFIER_STEPS_MAX && blueprint->n_placements)
		return too_much_work(fd, blueprint, error);
	reasons = malloc(verifier_log_size(VERIFIER_LOG_REASONS));
	if (!reasons)
		return error_memory(error);
	fd = rootlet_load(&program, reasons, VERIFIER_LOG_REASONS);
	return fd >= 0 ? fd : refused(fd, blueprint, reasons, error);
}
