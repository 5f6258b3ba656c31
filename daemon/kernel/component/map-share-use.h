#pragma once

#include "base/error.h"
#include "daemon/kernel/component/map-share.h"

struct opened;

/* A map that is there already, for a component that is to be loaded. */
struct shared_map {
	const struct map_share *share;
	int fd;
};

/*
 * Makes the opened object use these maps in the place of its own of their names; `label` is how errors
 * call it. Errors: InvalidArgument, when the object has no such map, or one of another definition, with
 * what differs, or one that cannot be another's: global data, maps pinned by name, and program arrays that
 * the object fills.
 */
int map_share_use(const struct shared_map *maps, size_t n_maps, struct opened *opened,
		  const char *label, struct error *error);
