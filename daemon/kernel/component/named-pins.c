// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/named-pins.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

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

/* For these types libbpf sets the number of entries itself. */
static uint32_t max_entries_of(const struct opened_map *map)
{
	return map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && !map->max_entries
		       ? (uint32_t)libbpf_num_possible_cpus()
		       : map->max_entries;
}

static bool has_same_definition(const struct opened_map *map, const struct bpf_map_info *info)
{
	return info->type == map->type && info->key_size == map->key_size &&
	       info->value_size == map->value_size && info->max_entries == max_entries_of(map) &&
	       info->map_flags == map->flags && info->map_extra == map->extra;
}

static int use(struct opened *opened, struct opened_map *map, const char *path,
	       const struct component_spec *spec, struct error *error)
{
	cleanup(closep) int fd = bpf_obj_get(path);
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int result;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || bpf_map_get_info_by_fd(fd, &info, &size) < 0)
		return cannot_load(spec, -errno,
				   "'%s' of %s cannot be loaded (%s): the pin %s cannot be opened "
				   "as a map",
				   path, error);
	if (!has_same_definition(map, &info))
		return cannot_load(
			spec, -EINVAL,
			"'%s' of %s cannot be loaded (%s): the map pinned at %s differs from the "
			"one it declares under that name (type, sizes, number of entries or "
			"flags); remove the pin if nothing needs it",
			path, error);
	result = opened_use_map(opened, map, fd);
	return result < 0 ? cannot_load(spec, result,
					"'%s' of %s cannot be loaded (%s): it cannot use the map "
					"pinned at %s",
					path, error)
			  : 0;
}

int named_pins_use(struct opened *opened, const char *map_root, const struct component_spec *spec,
		   struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < opened->n_maps; i++) {
		struct opened_map *map = &opened->maps[i];
		cleanup(freep) char *path = wants_pin(map) ? pin_path(map_root, map) : NULL;

		if (wants_pin(map))
			result = path ? use(opened, map, path, spec, error) : error_memory(error);
	}
	return result;
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
		const struct brokered *made = broker_find(&opened->broker, map->handle,
							  BROKERED_MAP);
		cleanup(freep) char *path = NULL;

		if (!wants_pin(map) || !made)
			continue;
		path = pin_path(map_root, map);
		result = path ? add(path, made->fd, spec, added, error) : error_memory(error);
	}
	return result;
}
