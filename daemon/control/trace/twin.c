// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/trace/twin.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/control/pipeline/link.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"

#include <stdio.h>
#include <string.h>

static int describe_component(const char *name, const struct component_spec *spec,
			      struct trace_view *view, struct error *error)
{
	struct traced_component *component = &view->components[view->n_components++];

	component->name = strdup(name);
	component->program = strdup(spec->program);
	snprintf(component->sha256, sizeof(component->sha256), "%s", spec->sha256);
	return component->name && component->program ? 0 : error_memory(error);
}

/* Where the components are that records name; a policy, which decides the verdict, is before those in its slots. */
static int describe(const struct blueprint *blueprint, struct trace_view *view, struct error *error)
{
	const struct component *policy = blueprint->policy;
	int result = 0;

	view->components = calloc(1 + blueprint->n_placements, sizeof(*view->components));
	if (!view->components)
		return error_memory(error);
	view->has_policy = policy;
	if (policy)
		result = describe_component(policy->spec.program, &policy->spec, view, error);
	for (size_t i = 0; result == 0 && i < blueprint->n_placements; i++)
		result = describe_component(blueprint->placements[i].name,
					    &blueprint->placements[i].component->spec, view, error);
	return result;
}

/* The index of the placement with that name; negative: the chain has none. */
static int find_placement(const struct blueprint *blueprint, const char *name)
{
	for (size_t i = 0; i < blueprint->n_placements; i++)
		if (!strcmp(blueprint->placements[i].name, name))
			return i;
	return -ENOENT;
}

/* The index in the view of a component after which packets leave; negative: no such component has that name. */
static int find_component(const struct blueprint *blueprint, const char *name)
{
	if (!blueprint->policy)
		return find_placement(blueprint, name);
	return strcmp(blueprint->policy->spec.program, name) ? -ENOENT : 0;
}

static int refuse_component(const struct blueprint *blueprint, const struct target *target,
			    const char *name, struct error *error)
{
	if (find_placement(blueprint, name) < 0)
		return error_set(error, ERROR_NO_SUCH_COMPONENT, -ENOENT,
				 "%s has no component '%s'", target->ifname, name);
	return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
			 "packets leave %s only after its policy '%s', never after '%s', which is "
			 "in a slot of it; use no --component",
			 target->ifname, blueprint->policy->spec.program, name);
}

static void add_tracing(const struct blueprint *blueprint, const struct target *target,
			struct twin_tracer *tracer, struct trace_plan *plan)
{
	const struct tracer_options *options = tracer->options;
	struct tracing tracing = {
		.rings_fd = tracer->buffers->map_fd,
		.lost_fd = tracer->buffers->lost_fd,
		.sample = options->sample,
		.snaplen = options->snaplen,
		.verdicts = options->verdicts,
		.component = -1,
		.journey = options->journey,
		.n_filter = options->n_filter,
		.filter = options->filter,
	};

	if (options->component)
		tracing.component = find_component(blueprint, options->component);
	if (options->component && tracing.component < 0)
		refuse_component(blueprint, target, options->component, &tracer->refused);
	else
		plan->tracings[plan->n_tracings++] = tracing;
}

/* Libxdp's tools find a chain by the program that the device runs. */
static int check_listing(const struct target *target, struct error *error)
{
	if (!target->device->live->listed_as)
		return 0;
	return error_set(
		error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
		"%s cannot be traced while libxdp's tools list its components, because they "
		"would not find them; use 'xdpctl interop --dev %s none' first",
		target->ifname, target->ifname);
}

/* Both must count the same things in the same rows. */
static int check_members(const struct target *target, const struct blueprint *blueprint,
			 struct error *error)
{
	const struct generation *live = target->device->live;
	bool same = live->n_members == blueprint->n_placements &&
		    live->rootlet->n_rows == blueprint_rows(blueprint);

	for (size_t i = 0; same && i < live->n_members; i++)
		same = live->members[i].id == blueprint->placements[i].id;
	if (same)
		return 0;
	return error_set(error, ERROR_BAD_STATE, -ESTALE,
			 "%s does not run all components of its chain at present, so it cannot be "
			 "traced; see 'xdpctl status'",
			 target->ifname);
}

static int build(struct transaction *transaction, struct target *target, size_t n_tracers,
		 struct twin_tracer *tracers, struct trace_view *view)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	cleanup(linker_drop) struct linker *linker = NULL;
	struct error *error = &transaction->error;
	struct placement placements[ROOTLET_SLOTS];
	struct trace_plan plan = {
		.generation = target->generation,
		.loads_bytes = transaction->manager->linker->frags,
	};
	struct blueprint blueprint;
	int result = check_listing(target, error)
			     ?: link_describe(transaction, target, &blueprint, placements, &visit)
			     ?: check_members(target, &blueprint, error)
			     ?: describe(&blueprint, view, error)
			     ?: linker_open_fused_like(transaction->manager->linker, &linker, error);

	if (result < 0)
		return result;
	for (size_t i = 0; i < n_tracers; i++)
		add_tracing(&blueprint, target, &tracers[i], &plan);
	if (!plan.n_tracings)
		return 0;
	plan.multi_buffer = blueprint_frags(linker, &blueprint);
	blueprint.trace = &plan;
	blueprint.counts_with = target->device->live->rootlet;
	result = linker->type->build(linker, &blueprint, &target->built, error);
	crash_point("twin");
	return result;
}

static int swap(const struct device *device, const struct generation *next, struct error *error)
{
	return attachment_update(device->attachment, next->rootlet->fd,
				 device_running(device)->rootlet->fd, device->ifname, error);
}

int twin_swap_in(struct transaction *transaction, struct target *target, size_t n_tracers,
		 struct twin_tracer *tracers, struct trace_view *view)
{
	const struct device *device = target->device;
	int result = build(transaction, target, n_tracers, tracers, view);

	if (result < 0 || !target->built)
		return result;
	result = generation_announce_twin(device->live, target->built, &transaction->error);
	crash_point("announce-twin");
	if (result == 0)
		result = swap(device, target->built, &transaction->error);
	if (result < 0) {
		generation_release(&target->built);
		return result;
	}
	generation_keep_twin(device->live);
	crash_point("keep-twin");
	return 0;
}

int twin_swap_out(const struct device *device, struct error *error)
{
	int result = device->twin ? swap(device, device->live, error) : 0;

	if (result == 0)
		generation_forget_twin(device->live);
	return result;
}

void twins_drop(const struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (!device->twin || !device->live || !device->attachment)
			continue;
		twin_swap_out(device, NULL);
		attachment_commit(device->attachment);
		generation_release(&device->twin);
	}
}
