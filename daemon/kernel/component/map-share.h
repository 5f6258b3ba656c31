#pragma once

#include "base/error.h"
#include "base/string-list.h"

#include <stdbool.h>
#include <stdint.h>

/* Maps of a component that are to be those of others: no new ones are made for them. */
struct map_shares {
	size_t n_items;
	struct map_share {
		char *name;	/* the component's own map */
		char *from;	/* "COMPONENT:MAP" on the same device, or "pin:PATH" */
		uint64_t owner; /* id of the entry that COMPONENT is; 0: not known yet, or a pin */
		int fd;		/* that came with a pin, the caller's; -1: none; copies have none */
	} * items;
};

/* Of "pin:PATH" the path, which begins with a slash; NULL: it is a component's. */
const char *map_share_path(const struct map_share *share);

/* Of "COMPONENT:MAP" the map; `*ret_length` is that of the component. */
const char *map_share_map(const struct map_share *share, size_t *ret_length);

/*
 * Adds shares, as NAME=FROM; each replaces an earlier one of its name, and a name alone removes it. `pins`
 * are the descriptors of those from pins, in their order. Errors: InvalidArgument for an invalid share, for
 * more or fewer descriptors, or when there is nothing to remove.
 */
int map_shares_set(struct map_shares *shares, const struct strings *texts, size_t n_pins,
		   const int *pins, struct error *error);

/* Adds one. -EINVAL, if it shares nothing; -ENOMEM. */
int map_shares_add(struct map_shares *shares, const char *name, const char *from, uint64_t owner);

/* Adds copies of those of `before` that have no share of their name here. -ENOMEM. */
int map_shares_keep(struct map_shares *shares, const struct map_shares *before);

/* The share of that map; NULL: it is not shared. */
const struct map_share *map_shares_find(const struct map_shares *shares, const char *name);

/* The same maps from the same places, whichever component has them? */
bool map_shares_equal(const struct map_shares *shares, const struct map_shares *other);

/* As NAME=FROM. -ENOMEM. */
int map_shares_format(const struct map_shares *shares, struct strings *ret);

void map_shares_done(struct map_shares *shares);
