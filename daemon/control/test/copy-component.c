// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/test/copy-component.h"

#include "base/cleanup.h"
#include "daemon/kernel/info/map-info.h"
#include "daemon/kernel/tail-call.h"

/* The number of entries of a program array; 0: the map is not one. */
static uint32_t program_places(int map_fd)
{
	struct map_info info;

	return map_info_read(map_fd, &info) == 0 && !strcmp(info.type, "prog_array")
		       ? info.max_entries
		       : 0;
}

static bool makes_tail_calls(const struct component *component)
{
	for (size_t i = 0; i < component->n_maps; i++)
		if (program_places(component->maps[i].fd))
			return true;
	return false;
}

static int load_on(const struct component_copying *copying, const struct component *maps_of,
		   struct component **ret, struct error *error)
{
	const struct transaction *transaction = copying->transaction;
	const struct component_spec *spec = &maps_of->spec;
	const struct bundle *bundle = bundle_find(transaction->n_bundles, transaction->bundles,
						  spec);
	cleanup(bundle_done) struct bundle recalled = {};
	struct load_options options = {
		.spec = spec,
		.frags = maps_of->frags,
		.has_frags = maps_of->has_frags,
		.attach_type = copying->linker->attach_type,
		.policy = spec->slot ? copying->policy : NULL,
		.maps_of = maps_of,
		.directories = &transaction->manager->directories,
	};
	int result = bundle ? 0
			    : bundle_recall(transaction->manager->store, spec, &recalled, error);

	if (result < 0)
		return result;
	options.object = bundle_object(bundle ?: &recalled);
	return copying->linker->type->load(copying->linker, &options, ret, error);
}

static int note_missing(const struct component *component, const struct component *copy,
			struct map_copies *copies)
{
	for (size_t i = 0; i < component->n_maps; i++) {
		const struct component_map *map = &component->maps[i];
		uint32_t directories = program_places(map->fd);
		size_t wanted = tail_call_count(map->fd, directories);
		size_t missing = wanted - tail_call_count(copy->maps[i].fd, directories);

		if (!missing || missing > wanted)
			continue;
		if (strings_print(&copies->notes,
				  "%zu of the %zu programs in '%s' of '%s' were not put there by "
				  "its object and are missing in the test; tail calls to them fail",
				  missing, wanted, map->name, component->spec.program) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* BPF_PROG_TEST_RUN does not run programs that are bound to a device (net/bpf/test_run.c). */
static int check(const struct component *component, struct error *error)
{
	if (!component->spec.devbound)
		return 0;
	return error_set(
		error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
		"the chain of '%s' cannot be tested: the component is bound to its device, and the "
		"kernel runs such programs only on packets that arrive there",
		component->spec.program);
}

int copy_component(const struct component_copying *copying, const struct component *component,
		   struct map_copies *copies, struct component **ret)
{
	struct error *error = &copying->transaction->error;
	cleanup(component_release) struct component *copy = NULL, *loaded = NULL;
	int result = check(component, error) ?: component_copy(component, copies, &copy, error);

	if (result == 0 && makes_tail_calls(component)) {
		result = load_on(copying, copy, &loaded, error);
		if (result == 0 && note_missing(component, copy, copies) < 0)
			result = error_memory(error);
	}
	if (result == 0)
		*ret = loaded ? steal(loaded) : steal(copy);
	return result;
}
