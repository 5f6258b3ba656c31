// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/kernel/component/map-share-use.h"

/* The maps that a component shares with others, as descriptors. */
struct shared_maps {
	size_t n_maps;
	struct shared_map *maps;
};

/*
 * Finds the components in the wanted chain of the target whose maps the spec shares, so that it keeps
 * sharing with them even if another component gets their name. `self` is the entry to be loaded, or 0 for a
 * new one. Errors: NoSuchComponent; InvalidArgument if it would, through others, share its own map.
 */
int resolve_maps_bind(const struct target *target, uint64_t self, struct component_spec *spec,
		      struct error *error);

/*
 * Collects the maps: those of their owner or, if it was detached, of a component that still shares them. If
 * there is none, the component gets its own maps. Maps from pins come from the client, or from a component
 * that has them already; with `may_open` the daemon opens the path of a pin that a client passed earlier.
 * Errors: InvalidArgument.
 */
int resolve_maps_collect(const struct target *target, const struct component_spec *spec,
			 bool may_open, struct shared_maps *ret, struct error *error);

/* Are all components loaded whose maps this one shares, or can they never be? */
bool resolve_maps_are_ready(const struct chain *chain, const struct component_spec *spec);

/* Closes the descriptors. */
void shared_maps_done(struct shared_maps *maps);
