// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/chain/chain.h"

#include <stdint.h>

/*
 * Maps of components with an owner that other users may open. A process that has opened such a map keeps it in the kernel
 * when its component is gone, so it still counts in the budget of the owner. Used on the worker; it begins empty with
 * each start of the daemon.
 */
struct opened_maps {
	size_t n_items;
	struct opened_map {
		char *owner;
		uint32_t id;
	} * items;
};

/* Adds the maps of the chain that others may open and that belong to the owner, each once. -ENOMEM. */
int opened_maps_add(struct opened_maps *maps, const struct chain *chain, const char *owner);

/*
 * Calls `visit` with each of the owner's maps that still exists, and its bytes; forgets the others. Stops with the first
 * negative result, and returns it.
 */
int opened_maps_each(struct opened_maps *maps, const char *owner,
		     int (*visit)(void *userdata, uint32_t id, uint64_t bytes), void *userdata);

/* Frees the contents. */
void opened_maps_done(struct opened_maps *maps);
