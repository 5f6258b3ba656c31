// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <stdint.h>

/* The maximum number of entries that are copied for one test, of all maps together. */
#define MAP_COPIES_ENTRIES_MAX (1 << 20)

/*
 * Copies of maps, one for each map: other processes must not see what a program writes in a test.
 */
struct map_copies {
	/*
	 * Copies of the same maps that nothing has written yet: contents come from these. NULL: from the
	 * maps themselves.
	 */
	const struct map_copies *from;
	uint64_t n_entries; /* that were copied so far */
	size_t n_items;
	struct map_copy {
		uint32_t id; /* of the map */
		/* Of what the contents came from: the map itself, or its copy in `from`. */
		uint32_t source_id;
		int fd; /* -1: the map need not be copied */
	} * items;
	struct strings notes; /* one sentence for each difference between copies and maps */
};

/*
 * Returns in `*ret` the descriptor to use in place of that map: a copy with its contents, which is made at
 * the first call; or the map itself if no program can write it, like read-only data and maps of devices,
 * CPUs and sockets (kernel/bpf/verifier.c, check_map_func_compatibility()). Copies of maps that cannot be
 * read are empty, with a note; the loader fills program arrays. The copies, or the caller, keep owning
 * `*ret`. Errors: Unsupported if no such map can be created; LimitExceeded.
 */
int map_copies_get(struct map_copies *copies, int fd, const char *name, int *ret,
		   struct error *error);

/* Closes and frees the contents. */
void map_copies_done(struct map_copies *copies);
