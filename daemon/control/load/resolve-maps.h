#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/kernel/component/map-share-use.h"

/* The maps that a component shares with others, as descriptors. */
struct shared_maps {
	size_t n_maps;
	struct shared_map *maps;
};

/*
 * Finds the components in the wanted chain of the target whose maps the spec shares, so that it keeps sharing
 * with them if another component gets the name. `self` is the entry to be loaded, or 0 for a new one. Errors:
 * NoSuchComponent; InvalidArgument if it would share its own map in the end.
 */
int resolve_maps_bind(const struct target *target, uint64_t self, struct component_spec *spec,
		      struct error *error);

/*
 * The maps themselves: those of their owner or, if it was detached, of a component that still shares them. If
 * no component does, the component gets maps of its own. Maps from pins are the client's, or those of a
 * component that has them already; the daemon opens the path only with `may_open`, for a pin that a client
 * showed before. Errors: InvalidArgument.
 */
int resolve_maps_collect(const struct target *target, const struct component_spec *spec,
			 bool may_open, struct shared_maps *ret, struct error *error);

/* Is each component loaded whose maps this one shares, or is there no point in waiting for it? */
bool resolve_maps_are_ready(const struct chain *chain, const struct component_spec *spec);

/* Closes them. */
void shared_maps_done(struct shared_maps *maps);
