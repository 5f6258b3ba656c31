// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/map-share-use.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/kernel/component/map-definition.h"
#include "daemon/kernel/component/opened.h"

#include <bpf/bpf.h>
#include <string.h>

static int no_such_map(const struct shared_map *given, const struct opened *opened,
		       const char *label, struct error *error)
{
	cleanup(freep) char *names = NULL;

	for (size_t i = 0; i < opened->n_maps; i++)
		if (!opened->maps[i].is_internal)
			names_append(&names, opened->maps[i].name);
	return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT, "%s has no map '%s'%s%s", label,
			 given->share->name, names ? "; it has " : "; it has no maps", names ?: "");
}

/* Why the map cannot be shared, one clause; NULL: it can be. */
static const char *why_its_own(const struct opened_map *map, bool fills_arrays)
{
	if (map->is_internal)
		return "it holds global variables";
	if (map->is_pinned)
		return "it is pinned by its name";
	return fills_arrays && map->type == BPF_MAP_TYPE_PROG_ARRAY
		       ? "the object fills it with its own programs"
		       : NULL;
}

static int check(const struct shared_map *given, const struct opened_map *map, bool fills_arrays,
		 const char *label, struct error *error)
{
	const char *why = why_its_own(map, fills_arrays);
	struct map_difference difference;
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	if (why)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "map '%s' of %s cannot be a shared one: %s", given->share->name,
				 label, why);
	if (bpf_map_get_info_by_fd(given->fd, &info, &size) < 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, -errno, "cannot share '%s': %s",
				 given->share->from, errno_name(errno));
	if (map_differs(map, &info, &difference))
		return error_set(
			error, ERROR_INVALID_ARGUMENT, -EINVAL,
			"map '%s' of %s cannot be shared: its %s is %lu, but that of '%s' is %lu",
			given->share->name, label, difference.what, difference.own,
			given->share->from, difference.other);
	return 0;
}

int map_share_use(const struct shared_map *maps, size_t n_maps, struct opened *opened,
		  const char *label, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < n_maps; i++) {
		struct opened_map *map = opened_find_map(opened, maps[i].share->name);

		result = map ? check(&maps[i], map, opened->fills_arrays, label, error)
			     : no_such_map(&maps[i], opened, label, error);
		if (result < 0)
			return result;
		result = opened_use_map(opened, map, maps[i].fd);
		if (result < 0)
			error_set(error, ERROR_KERNEL_REFUSED, result,
				  "map '%s' of %s cannot use '%s': %s", maps[i].share->name, label,
				  maps[i].share->from, errno_name(result));
	}
	return result;
}
