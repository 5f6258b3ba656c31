// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <bpf/libbpf.h>
#include <stdbool.h>

struct opened_map;

/* The first property in which two maps differ. */
struct map_difference {
	const char *what; /* its name, for example "max_entries" */
	unsigned long own;
	unsigned long other;
};

/*
 * Does the definition of this map, which is not loaded yet, differ from that of the map in the kernel?
 */
bool map_differs(const struct opened_map *map, const struct bpf_map_info *other,
		 struct map_difference *ret);
