// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What the kernel reports about a map. */
struct map_info {
	uint32_t id;
	const char *type; /* for example "percpu_array"; a static string */
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint64_t memory; /* bytes that it takes in the kernel; 0: not reported */
};

/*
 * How many bytes of kernel memory a map of that type (enum bpf_map_type) and these sizes takes at least when it is
 * full. The kernel reports less for maps that allocate entries when they are added.
 */
uint64_t map_bytes_when_full(uint32_t type, uint32_t key_size, uint32_t value_size,
			     uint32_t max_entries);

/* The larger of that and of the memory that the kernel reports; 0: the kernel reports nothing. */
uint64_t map_info_bytes(int fd);

/* The same for the map with that id. False: it no longer exists. */
bool map_info_bytes_of_id(uint32_t id, uint64_t *ret);

/* Asks the kernel. Returns 0 or a negative errno. The caller keeps the fd. */
int map_info_read(int fd, struct map_info *ret);
