// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/map-definition.h"

#include "base/cleanup.h"

#include "daemon/kernel/component/opened.h"

#include <bpf/bpf.h>

/* The kernel sets this flag itself for device maps. */
#define FLAGS_OF_THE_KERNEL BPF_F_RDONLY_PROG

/* Objects need not give the number of entries of some per-CPU maps; libbpf sets it then. */
bool map_differs(const struct opened_map *map, const struct bpf_map_info *other,
		 struct map_difference *ret)
{
	const struct map_difference properties[] = {
		{ "type", map->type, other->type },
		{ "key size", map->key_size, other->key_size },
		{ "value size", map->value_size, other->value_size },
		{ "max_entries", map->max_entries ?: other->max_entries, other->max_entries },
		{ "flags", map->flags | FLAGS_OF_THE_KERNEL,
		  other->map_flags | FLAGS_OF_THE_KERNEL },
		{ "map_extra", map->extra, other->map_extra },
	};

	for (size_t i = 0; i < array_size(properties); i++) {
		if (properties[i].own == properties[i].other)
			continue;
		*ret = properties[i];
		return true;
	}
	return false;
}
