#include "daemon/kernel/heritage.h"

#include "daemon/kernel/component.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

/* The kernel sets this one for device maps by itself. */
#define FLAGS_OF_THE_KERNEL BPF_F_RDONLY_PROG

static bool stays_its_own(const struct bpf_map *map, bool fills_arrays)
{
	return bpf_map__is_internal(map) || bpf_map__is_pinned(map) ||
	       (fills_arrays && bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY);
}

static int refuse(const struct bpf_map *map, const char *label, const char *what, unsigned long now,
		  unsigned long before, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "map '%s' of %s has %s %lu where the one in use has %lu, so that its "
			 "contents cannot be carried over; --allow-map-change gives it a new one",
			 bpf_map__name(map), label, what, now, before);
}

/* Some per-CPU maps have no number of entries in the object: libbpf sets it. */
static int compare(const struct bpf_map *map, const struct bpf_map_info *before, const char *label,
		   struct error *error)
{
	const struct {
		const char *what;
		unsigned long now;
		unsigned long before;
	} properties[] = {
		{ "type", bpf_map__type(map), before->type },
		{ "key size", bpf_map__key_size(map), before->key_size },
		{ "value size", bpf_map__value_size(map), before->value_size },
		{ "max_entries", bpf_map__max_entries(map) ?: before->max_entries,
		  before->max_entries },
		{ "flags", bpf_map__map_flags(map) | FLAGS_OF_THE_KERNEL,
		  before->map_flags | FLAGS_OF_THE_KERNEL },
	};

	for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++)
		if (properties[i].now != properties[i].before)
			return refuse(map, label, properties[i].what, properties[i].now,
				      properties[i].before, error);
	return 0;
}

/* Of what somebody else has loaded only the kernel's names are known, and they may be cut off. */
static const struct component_map *find_map(const struct component *component, const char *name)
{
	size_t length = *component->recipe.sha256 ? SIZE_MAX : BPF_OBJ_NAME_LEN - 1;

	for (size_t i = 0; i < component->n_maps; i++)
		if (!strncmp(component->maps[i].name, name, length))
			return &component->maps[i];
	return NULL;
}

static int take(const struct heritage *heritage, struct bpf_map *map, const char *label,
		struct error *error)
{
	const struct component_map *before = find_map(heritage->predecessor, bpf_map__name(map));
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	int result;

	if (!before)
		return 0;
	if (bpf_map_get_info_by_fd(before->fd, &info, &size) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "the kernel tells nothing about map '%s': %s", bpf_map__name(map),
				 errno_name(errno));
	result = compare(map, &info, label, heritage->allow_map_change ? NULL : error);
	if (result < 0)
		return heritage->allow_map_change ? 0 : result;
	result = bpf_map__reuse_fd(map, before->fd);
	return result == 0 ? 0
			   : error_set(error, ERROR_KERNEL_REFUSED, result,
				       "map '%s' cannot be carried over: %s", bpf_map__name(map),
				       errno_name(result));
}

int heritage_take(const struct heritage *heritage, struct bpf_object *object, bool fills_arrays,
		  const char *label, struct error *error)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		int result = stays_its_own(map, fills_arrays) ? 0
							      : take(heritage, map, label, error);

		if (result < 0)
			return result;
	}
	return 0;
}
