// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/map-reuse.h"

#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/map-definition.h"
#include "daemon/kernel/component/map-entries.h"
#include "daemon/kernel/component/opened.h"
#include "object/extension.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

static bool stays_its_own(const struct opened_map *map, bool fills_arrays)
{
	return map->is_internal || map->is_pinned ||
	       (fills_arrays && map->type == BPF_MAP_TYPE_PROG_ARRAY);
}

/* Is the map shared now, or was it shared in the predecessor? */
static bool is_shared(const struct opened_map *map, const struct map_reuse *map_reuse)
{
	return map->is_given || map_shares_find(&map_reuse->predecessor->spec.shares, map->name);
}

static int refuse(const struct opened_map *map, const char *label,
		  const struct map_difference *difference, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "map '%s' of %s has %s %lu, but the one in use has %lu, so its contents "
			 "cannot be carried over; use --allow-map-change to start with a new map",
			 map->name, label, difference->what, difference->own, difference->other);
}

/*
 * Of a program that another loader has loaded only the kernel's names of maps are known, and these may be
 * truncated.
 */
static const struct component_map *find_map(const struct component *component, const char *name)
{
	size_t length = *component->spec.sha256 ? SIZE_MAX : BPF_OBJ_NAME_LEN - 1;

	for (size_t i = 0; i < component->n_maps; i++)
		if (!strncmp(component->maps[i].name, name, length))
			return &component->maps[i];
	return NULL;
}

/* The first program that used such a map decides which other programs may use it. */
static bool is_for_others(const struct component *predecessor, const struct bpf_map_info *info,
			  const struct map_user *user)
{
	if (info->type == BPF_MAP_TYPE_PROG_ARRAY && predecessor->extension != user->extension)
		return true;
	return map_type_takes_programs(info->type) && predecessor->has_frags != user->has_frags;
}

static int take(const struct map_reuse *map_reuse, struct opened *opened, struct opened_map *map,
		const char *label, const struct map_user *user, struct strings *carried,
		struct error *error)
{
	const struct component_map *before = find_map(map_reuse->predecessor, map->name);
	struct map_difference difference;
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int result;

	if (!before)
		return 0;
	if (bpf_map_get_info_by_fd(before->fd, &info, &size) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot query map '%s': %s",
				 map->name, errno_name(errno));
	if (map_differs(map, &info, &difference))
		return map_reuse->allow_map_change ? 0 : refuse(map, label, &difference, error);
	if (is_for_others(map_reuse->predecessor, &info, user))
		return strings_add(carried, map->name, strlen(map->name)) < 0 ? error_memory(error)
									      : 0;
	result = opened_use_map(opened, map, before->fd);
	return result == 0
		       ? 0
		       : error_set(error, ERROR_KERNEL_REFUSED, result,
				   "cannot carry over map '%s': %s", map->name, errno_name(result));
}

int map_reuse_apply(const struct map_reuse *map_reuse, struct opened *opened, const char *label,
		    const struct map_user *user, struct strings *carried, struct error *error)
{
	int result = 0;

	strings_done(carried);
	for (size_t i = 0; result == 0 && i < opened->n_maps; i++) {
		struct opened_map *map = &opened->maps[i];

		if (!stays_its_own(map, opened->fills_arrays) && !is_shared(map, map_reuse))
			result = take(map_reuse, opened, map, label, user, carried, error);
	}
	return result;
}

static const char *say_cause(const struct component *predecessor, const struct component *component)
{
	if (predecessor->extension == component->extension)
		return "the kernel lets no program that accepts multi-buffer packets share it with "
		       "one that does not";
	return "the kernel lets no extension share it with an XDP program";
}

int map_reuse_carry(const struct map_reuse *map_reuse, const struct component *component,
		    const char *name, struct error *error)
{
	const struct component_map *from = find_map(map_reuse->predecessor, name);
	const struct component_map *to = find_map(component, name);
	struct map_entry_failure failure;
	int result = from && to ? map_entries_copy(from->fd, to->fd, &failure) : 0;

	if (result == 0)
		return 0;
	return error_set(
		error, ERROR_INVALID_ARGUMENT, result,
		"map '%s' of '%s' must be a new one, because %s; entry %u cannot be copied (%s%s); "
		"use 'xdpctl replace' with --fresh-maps to start with an empty map",
		name, component->spec.program, say_cause(map_reuse->predecessor, component),
		failure.key, errno_name(result),
		failure.has_program ? ": it runs a program that was loaded for the old map" : "");
}
