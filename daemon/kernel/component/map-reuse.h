#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <stdbool.h>

struct component;
struct opened;

/* What a component takes over from the one it replaces. */
struct map_reuse {
	const struct component *predecessor;
	bool allow_map_change; /* a map of another definition is no reason to refuse */
};

/*
 * Makes the opened object use the maps of the predecessor, each where one of the same name and
 * definition is there. Its own, new ones stay: global data, which belongs to its code; maps pinned by name,
 * which it finds itself; maps that are or were others'; and program arrays that it fills, for the predecessor
 * still jumps through its own. `has_frags`: the program will be one for multi-buffer packets; if the predecessor's is
 * not, or the other way round, maps that take programs are new as well, and `carried` becomes their names. Errors:
 * InvalidArgument for a changed definition, with what differs.
 */
int map_reuse_apply(const struct map_reuse *map_reuse, struct opened *opened, const char *label,
		    bool has_frags, struct strings *carried, struct error *error);

/*
 * Copies the entries of the predecessor's map of that name to the component's, which takes programs. The caller is in
 * the network namespace of the devices in it. Errors: InvalidArgument for a program that the new map cannot take.
 */
int map_reuse_carry(const struct map_reuse *map_reuse, const struct component *component,
		    const char *name, struct error *error);
