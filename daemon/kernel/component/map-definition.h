#pragma once

#include <bpf/libbpf.h>
#include <stdbool.h>

struct opened_map;

/* The first property in which two maps differ. */
struct map_difference {
	const char *what; /* "max_entries" and the like */
	unsigned long own;
	unsigned long other;
};

/* Is the map, which is not loaded yet, of another definition than that one of the kernel's? */
bool map_differs(const struct opened_map *map, const struct bpf_map_info *other,
		 struct map_difference *ret);
