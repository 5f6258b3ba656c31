// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <stdbool.h>

struct component;
struct opened;

/* What a component takes over from the component that it replaces. */
struct map_reuse {
	const struct component *predecessor;
	bool allow_map_change; /* a changed definition is not an error */
};

/*
 * Makes the opened object use each map of the predecessor that has the same name and definition. These maps
 * stay new: global data, which belongs to the code; maps that are pinned by name, which the object finds
 * itself; maps that are or were shared; and program arrays that the object fills, because the predecessor
 * still jumps through its own. `has_frags`: the program will be multi-buffer; if that differs from the
 * predecessor, maps that hold programs are new as well, and `carried` gets their names. Errors:
 * InvalidArgument for a changed definition, with the difference.
 */
int map_reuse_apply(const struct map_reuse *map_reuse, struct opened *opened, const char *label,
		    bool has_frags, struct strings *carried, struct error *error);

/*
 * Copies the entries of the predecessor's map of that name to the component's map; both hold programs. The
 * caller is in the network namespace of the devices in the map. Errors: InvalidArgument for a program that
 * the new map does not accept.
 */
int map_reuse_carry(const struct map_reuse *map_reuse, const struct component *component,
		    const char *name, struct error *error);
