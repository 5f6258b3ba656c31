// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The entry that could not be copied. */
struct map_entry_failure {
	uint32_t key;
	bool has_program;
};

/*
 * Copies all entries of a map that holds programs to another one of the same definition. System calls read a
 * program as its id and write it as a descriptor (struct bpf_devmap_val, struct bpf_cpumap_val). Returns 0,
 * or -errno with the entry in `*ret`.
 */
int map_entries_copy(int from_fd, int to_fd, struct map_entry_failure *ret);
