// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/named-pins.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/map-definition.h"
#include "object/extension.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

/* A pin lives longer than the components that use its map, so only the user knows whether it is needed. */
#define NEW_MAP_ADVICE "if nothing else needs that map, 'rm %s' makes xdpd create a new, empty one"

/* To be freed; NULL: no memory. Dots become underscores, because bpffs reserves names with dots. */
static char *pin_path(const char *map_root, const struct opened_map *map)
{
	char *path;
	int length = asprintf(&path, "%s/%s", map_root, map->name);

	if (length < 0)
		return NULL;
	for (char *dot = path + strlen(map_root); (dot = strchr(dot, '.'));)
		*dot = '_';
	return path;
}

static bool wants_pin(const struct opened_map *map)
{
	return map->is_pinned && !map->is_given;
}

static int cannot_load(const struct component_spec *spec, int failure, const char *why,
		       const char *path, struct error *error)
{
	return error_set(error, ERROR_KERNEL_REFUSED, failure, why, spec->program, spec->label,
			 errno_name(failure), path);
}

/* The daemon may see the bpffs at another place than its users. */
static char *outside(const struct pin_directories *directories, const struct opened_map *map)
{
	cleanup(freep) char *path = pin_path(directories->map_root, map);

	return path ? pin_directories_outside(directories, path) : NULL;
}

static int is_another(const struct opened_map *map, const struct pin_directories *directories,
		      const struct component_spec *spec, const struct map_difference *difference,
		      struct error *error)
{
	cleanup(freep) char *path = outside(directories, map);

	if (!path)
		return error_memory(error);
	return error_set(error, ERROR_KERNEL_REFUSED, -EINVAL,
			 "'%s' of %s cannot be loaded (EINVAL): the map pinned at %s differs from "
			 "the one it declares under that name (the pinned map has %s %lu, the "
			 "object %lu); " NEW_MAP_ADVICE,
			 spec->program, spec->label, path, difference->what, difference->other,
			 difference->own, path);
}

static int use(struct opened *opened, struct opened_map *map,
	       const struct pin_directories *directories, const struct component_spec *spec,
	       struct error *error)
{
	cleanup(freep) char *path = pin_path(directories->map_root, map);
	cleanup(closep) int fd = path ? bpf_obj_get(path) : -1;
	struct map_difference difference;
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int result;

	if (!path)
		return error_memory(error);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || bpf_map_get_info_by_fd(fd, &info, &size) < 0)
		return cannot_load(spec, -errno,
				   "'%s' of %s cannot be loaded (%s): the pin %s cannot be opened "
				   "as a map",
				   path, error);
	if (map_differs(map, &info, &difference))
		return is_another(map, directories, spec, &difference, error);
	result = opened_use_map(opened, map, fd);
	return result < 0 ? cannot_load(spec, result,
					"'%s' of %s cannot be loaded (%s): it cannot use the map "
					"pinned at %s",
					path, error)
			  : 0;
}

int named_pins_use(struct opened *opened, const struct pin_directories *directories,
		   const struct component_spec *spec, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < opened->n_maps; i++) {
		struct opened_map *map = &opened->maps[i];

		if (wants_pin(map))
			result = use(opened, map, directories, spec, error);
	}
	return result;
}

static bool is_found(const struct opened_map *map)
{
	return map->is_pinned && map->is_given && map_type_takes_programs(map->type);
}

void named_pins_explain(const struct opened *opened, const struct pin_directories *directories,
			const struct component_spec *spec, struct error *error)
{
	const struct opened_map *map = NULL;
	cleanup(freep) char *path = NULL;

	for (size_t i = 0; !map && i < opened->n_maps; i++)
		if (is_found(&opened->maps[i]))
			map = &opened->maps[i];
	if (!map || error->id != ERROR_KERNEL_REFUSED || error->number != -EINVAL ||
	    !(path = outside(directories, map)))
		return;
	error_done(error);
	error_set(
		error, ERROR_KERNEL_REFUSED, -EINVAL,
		"'%s' of %s cannot be loaded (EINVAL): the first program that used the map pinned "
		"at %s decided which others the kernel lets use it: only those for multi-buffer "
		"packets (xdp.frags), or only those that are not; " NEW_MAP_ADVICE,
		spec->program, spec->label, path, path);
}

static int add(const char *path, int fd, const struct component_spec *spec, struct strings *added,
	       struct error *error)
{
	int result;

	if (strings_add(added, path, strlen(path)) < 0)
		return error_memory(error);
	if (bpf_obj_pin(fd, path) == 0)
		return 0;
	result = cannot_load(spec, -errno,
			     "'%s' of %s cannot be loaded (%s): its map cannot be pinned at %s",
			     path, error);
	strings_remove(added, added->n_items - 1);
	return result;
}

int named_pins_add(const struct opened *opened, const char *map_root,
		   const struct component_spec *spec, struct strings *added, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < opened->n_maps; i++) {
		const struct opened_map *map = &opened->maps[i];
		const struct brokered *made = broker_find(&opened->broker.calls, map->handle,
							  BROKERED_MAP);
		cleanup(freep) char *path = NULL;

		if (!wants_pin(map) || !made)
			continue;
		path = pin_path(map_root, map);
		result = path ? add(path, made->fd, spec, added, error) : error_memory(error);
	}
	return result;
}
