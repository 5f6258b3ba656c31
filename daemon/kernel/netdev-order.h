#pragma once

#include "daemon/kernel/netns.h"

#include <stddef.h>

/* A device that is to be handled, and its number in the caller's list. */
struct netdev_place {
	const struct netns *netns; /* the caller's; NULL: its place is not known */
	unsigned int ifindex;	   /* 0: it does not exist */
	size_t number;
	unsigned int depth; /* set by netdev_order() */
};

/*
 * Sorts so that each device comes after those below it, as the kernel wants it for XDP programs
 * (daemon/kernel/netdev-stack.h); devices of the same depth keep their order.
 */
void netdev_order(struct netdev_place *places, size_t n_places);
