// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/netns.h"

#include <stddef.h>

/* A device, and its position in the caller's list. */
struct netdev_place {
	const struct netns *netns; /* the caller's; NULL: the namespace is not known */
	unsigned int ifindex;	   /* 0: the device does not exist */
	size_t number;
	unsigned int depth; /* set by netdev_order() */
};

/*
 * Sorts the devices so that each comes after the devices below it, because the kernel wants XDP programs
 * attached in that order (daemon/kernel/netdev-stack.h); devices of the same depth keep their order.
 */
void netdev_order(struct netdev_place *places, size_t n_places);
