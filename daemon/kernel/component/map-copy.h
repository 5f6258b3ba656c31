#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <stdint.h>

/* Entries of all maps that are copied for one test. */
#define MAP_COPIES_ENTRIES_MAX (1 << 20)

/* Copies of maps, each once: what a program writes in a test must stay invisible to others. */
struct map_copies {
	/* Of the same maps, not written yet: these have the contents. NULL: the maps themselves. */
	const struct map_copies *from;
	uint64_t n_entries; /* that were copied */
	size_t n_items;
	struct map_copy {
		uint32_t id;	    /* of the map */
		uint32_t source_id; /* of what it was copied from: the same, or a copy of `from` */
		int fd;		    /* -1: no copy is needed */
	} * items;
	struct strings notes; /* what differs from the maps, a sentence each */
};

/*
 * What is to stand for that map: a copy of it with its contents, made when it is first asked for; or
 * the map itself, when no program can write it, as with read-only data, or maps of devices, CPUs and
 * sockets (kernel/bpf/verifier.c, check_map_func_compatibility()). What cannot be read begins empty,
 * and is noted; program arrays are the loader's to fill. `*ret` stays theirs, or the caller's. Errors:
 * Unsupported, when no such map can be made; LimitExceeded.
 */
int map_copies_get(struct map_copies *copies, int fd, const char *name, int *ret,
		   struct error *error);

/* Closes and frees the contents. */
void map_copies_done(struct map_copies *copies);
