// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Maps that a component uses instead of creating its own: those of other components, or pinned ones.
 */
struct map_shares {
	size_t n_items;
	struct map_share {
		char *name; /* the component's own map */
		char *from; /* "COMPONENT:MAP" on the same device, or "pin:PATH" */
		/* id of the entry of COMPONENT; 0: not known yet, or the share is of a pin */
		uint64_t owner;
		int fd; /* sent with a share of a pin, the caller's; -1: none; copies have none */
	} * items;
};

/* The path in "pin:PATH", which begins with a slash; NULL: the share names a component. */
const char *map_share_path(const struct map_share *share);

/* The map in "COMPONENT:MAP"; `*ret_length` is the length of COMPONENT. */
const char *map_share_map(const struct map_share *share, size_t *ret_length);

/*
 * Adds shares, each as NAME=FROM, which replaces an earlier share of that name; a name alone removes it.
 * `pins` are the descriptors for the shares of pins, in their order. Errors: InvalidArgument for an invalid
 * share, for too many or too few descriptors, or if there is no share to remove.
 */
int map_shares_set(struct map_shares *shares, const struct strings *texts, size_t n_pins,
		   const int *pins, struct error *error);

/* Adds one share. -EINVAL if `from` is invalid; -ENOMEM. */
int map_shares_add(struct map_shares *shares, const char *name, const char *from, uint64_t owner);

/* Adds copies of all shares of `before` whose names have no share here. -ENOMEM. */
int map_shares_keep(struct map_shares *shares, const struct map_shares *before);

/* The share of that map; NULL: the map is not shared. */
const struct map_share *map_shares_find(const struct map_shares *shares, const char *name);

/*
 * Do both share the same maps from the same sources? It does not matter which component owns them.
 */
bool map_shares_equal(const struct map_shares *shares, const struct map_shares *other);

/* Formats each share as NAME=FROM. -ENOMEM. */
int map_shares_format(const struct map_shares *shares, struct strings *ret);

/* Frees the contents. */
void map_shares_done(struct map_shares *shares);
