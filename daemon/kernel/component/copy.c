// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/copy.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/internal.h"

#include <fcntl.h>

static int copy_code(const struct component *component, struct component *copy,
		     const struct map_changes *changes, struct error *error)
{
	int result = program_code_copy(&component->code, &copy->code);

	if (result < 0)
		return component_no_descriptor(component, result, error);
	if (program_code_change_maps(&copy->code, changes) == 0)
		return 0;
	return error_set(error, ERROR_INTERNAL, -ENOENT,
			 "'%s' uses a map that does not belong to it", component->spec.program);
}

/* A copied map belongs to the map copies, so the component needs a descriptor of its own. */
static int add_map(struct component *copy, const char *name, int fd, struct error *error)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return own < 0 ? component_no_descriptor(copy, -errno, error)
		       : component_add_map(copy, name, own, error);
}

static int copy_parts(const struct component *component, struct map_copies *copies,
		      struct component *copy, struct error *error)
{
	cleanup(freep) int *from = calloc(component->n_maps + 1, sizeof(*from));
	cleanup(freep) int *to = calloc(component->n_maps + 1, sizeof(*to));
	int result = 0;

	copy->maps = calloc(component->n_maps + 1, sizeof(*copy->maps));
	if (!from || !to || !copy->maps)
		return error_memory(error);
	for (size_t i = 0; result == 0 && i < component->n_maps; i++) {
		const struct component_map *map = &component->maps[i];

		result = map_copies_get(copies, map->fd, map->name, &to[i], error);
		if (result == 0)
			result = add_map(copy, map->name, to[i], error);
		from[i] = map->fd;
		if (result == 0)
			to[i] = copy->maps[i].fd;
	}
	if (result < 0)
		return result;
	return copy_code(component, copy,
			 &(const struct map_changes){ component->n_maps, from, to }, error);
}

int component_copy(const struct component *component, struct map_copies *copies,
		   struct component **ret, struct error *error)
{
	cleanup(component_release) struct component *copy = NULL;
	int result;

	if (!component->code.n_instructions)
		return error_set(error, ERROR_UNSUPPORTED, -ENODATA,
				 "'%s' cannot be tested without its object, because it would run "
				 "on the maps in use; supply the object with 'xdpctl replace'",
				 component->spec.program);
	result = component_new(&component->spec, component->frags, &copy, error);
	if (result < 0)
		return result;
	copy->has_frags = component->has_frags;
	copy->gpl_compatible = component->gpl_compatible;
	copy->work = component->work;
	if (strings_append(&copy->needs, &component->needs) < 0)
		return error_memory(error);
	result = copy_parts(component, copies, copy, error);
	if (result == 0)
		*ret = steal(copy);
	return result;
}
