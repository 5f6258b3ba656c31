#include "daemon/kernel/component/map-reuse.h"

#include "daemon/kernel/component/component.h"
#include "daemon/kernel/component/map-definition.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

static bool stays_its_own(const struct bpf_map *map, bool fills_arrays)
{
	return bpf_map__is_internal(map) || bpf_map__is_pinned(map) ||
	       (fills_arrays && bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY);
}

/* Is it another's already, or was it, and is no more? */
static bool is_shared(const struct bpf_map *map, const struct map_reuse *map_reuse)
{
	return bpf_map__fd(map) >= 0 ||
	       map_shares_find(&map_reuse->predecessor->spec.shares, bpf_map__name(map));
}

static int refuse(const struct bpf_map *map, const char *label,
		  const struct map_difference *difference, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "map '%s' of %s has %s %lu, but the one in use has %lu, so its contents "
			 "cannot be carried over; use --allow-map-change to start with a new map",
			 bpf_map__name(map), label, difference->what, difference->own,
			 difference->other);
}

/* Of what somebody else has loaded only the kernel's names are known, and they may be cut off. */
static const struct component_map *find_map(const struct component *component, const char *name)
{
	size_t length = *component->spec.sha256 ? SIZE_MAX : BPF_OBJ_NAME_LEN - 1;

	for (size_t i = 0; i < component->n_maps; i++)
		if (!strncmp(component->maps[i].name, name, length))
			return &component->maps[i];
	return NULL;
}

static int take(const struct map_reuse *map_reuse, struct bpf_map *map, const char *label,
		struct error *error)
{
	const struct component_map *before = find_map(map_reuse->predecessor, bpf_map__name(map));
	struct map_difference difference;
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int result;

	if (!before)
		return 0;
	if (bpf_map_get_info_by_fd(before->fd, &info, &size) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot query map '%s': %s",
				 bpf_map__name(map), errno_name(errno));
	if (map_differs(map, &info, &difference))
		return map_reuse->allow_map_change ? 0 : refuse(map, label, &difference, error);
	result = bpf_map__reuse_fd(map, before->fd);
	return result == 0 ? 0
			   : error_set(error, ERROR_KERNEL_REFUSED, result,
				       "cannot carry over map '%s': %s", bpf_map__name(map),
				       errno_name(result));
}

int map_reuse_apply(const struct map_reuse *map_reuse, struct bpf_object *object, bool fills_arrays,
		    const char *label, struct error *error)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		int result = 0;

		if (!stays_its_own(map, fills_arrays) && !is_shared(map, map_reuse))
			result = take(map_reuse, map, label, error);
		if (result < 0)
			return result;
	}
	return 0;
}
