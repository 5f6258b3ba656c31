// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <stdbool.h>

struct component;
struct opened;

/* What the kernel compares when several programs use a map that holds programs. */
struct map_user {
	bool extension; /* concerns only program arrays */
	bool has_frags; /* a multi-buffer program */
};

/* What a component takes over from the component that it replaces. */
struct map_reuse {
	const struct component *predecessor;
	bool allow_map_change; /* a changed definition is not an error */
};

/*
 * Makes the opened object use each map of the predecessor that has the same name and definition. These maps
 * stay new: global data, which belongs to the code; maps that are pinned by name, which the object finds
 * itself; maps that are or were shared; and program arrays that the object fills, because the predecessor
 * still jumps through its own. `user`: the program that will use them; if it differs from the predecessor,
 * maps that hold programs are new as well, and `carried` gets their names. Errors:
 * InvalidArgument for a changed definition, with the difference.
 */
int map_reuse_apply(const struct map_reuse *map_reuse, struct opened *opened, const char *label,
		    const struct map_user *user, struct strings *carried, struct error *error);

/*
 * Copies the entries of the predecessor's map of that name to the component's map; both hold programs. The
 * caller is in the network namespace of the devices in the map. Errors: InvalidArgument for a program that
 * the new map does not accept.
 */
int map_reuse_carry(const struct map_reuse *map_reuse, const struct component *component,
		    const char *name, struct error *error);
