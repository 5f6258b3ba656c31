#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/kernel/component/map-share-use.h"

/* The maps that a component gets from others, open. */
struct shared_maps {
	size_t n_maps;
	struct shared_map *maps;
};

/*
 * Finds out whose maps the spec shares in the wanted chain of the target, so that it stays the same
 * one when others get its name. `self` is the entry that is to be loaded, or 0 for a new one. Errors:
 * NoSuchComponent; InvalidArgument, if it would in the end share its own.
 */
int resolve_maps_bind(const struct target *target, uint64_t self, struct component_spec *spec,
		      struct error *error);

/*
 * The maps themselves, of their owner, or, if that was detached, of whoever shares them with it still; if
 * nobody does there is none, and the component gets one of its own. Those from pins are the client's, or
 * of whoever has them already; the daemon opens the path only when `may_open`, for what a client showed
 * once. Errors: InvalidArgument.
 */
int resolve_maps_collect(const struct target *target, const struct component_spec *spec,
			 bool may_open, struct shared_maps *ret, struct error *error);

/* Is everybody loaded whose maps it shares, or can it not be waited for? */
bool resolve_maps_are_ready(const struct chain *chain, const struct component_spec *spec);

/* Closes them. */
void shared_maps_done(struct shared_maps *maps);
