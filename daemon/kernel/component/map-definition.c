#include "daemon/kernel/component/map-definition.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>

/* The kernel sets this one for device maps by itself. */
#define FLAGS_OF_THE_KERNEL BPF_F_RDONLY_PROG

/* Some per-CPU maps have no number of entries in the object: libbpf sets it. */
bool map_differs(const struct bpf_map *map, const struct bpf_map_info *other,
		 struct map_difference *ret)
{
	const struct map_difference properties[] = {
		{ "type", bpf_map__type(map), other->type },
		{ "key size", bpf_map__key_size(map), other->key_size },
		{ "value size", bpf_map__value_size(map), other->value_size },
		{ "max_entries", bpf_map__max_entries(map) ?: other->max_entries,
		  other->max_entries },
		{ "flags", bpf_map__map_flags(map) | FLAGS_OF_THE_KERNEL,
		  other->map_flags | FLAGS_OF_THE_KERNEL },
	};

	for (size_t i = 0; i < array_size(properties); i++) {
		if (properties[i].own == properties[i].other)
			continue;
		*ret = properties[i];
		return true;
	}
	return false;
}
