// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/component/map-share.h"

struct opened;

/* An existing map that a component should use when it is loaded. */
struct shared_map {
	const struct map_share *share;
	int fd;
};

/*
 * Makes the opened object use these maps in place of its own maps of the same names; `label` is how errors
 * name the object. Errors: InvalidArgument if the object has no such map, or one of another definition, with
 * the difference, or one that cannot be shared: global data, maps pinned by name, and program arrays that
 * the object fills.
 */
int map_share_use(const struct shared_map *maps, size_t n_maps, struct opened *opened,
		  const char *label, struct error *error);
