// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* A network device as users name it. */
struct netdev_name {
	char *netns; /* path of its network namespace; NULL: the daemon's own */
	char ifname[IF_NAMESIZE];
};

/* Frees the contents. */
void netdev_name_done(struct netdev_name *name);

/*
 * A link shows only the index of its device. Finds the device with that index that runs the XDP program with
 * that id, in the daemon's own network namespace or one of those in /run/netns. False: there is none.
 */
bool netdev_search(unsigned int ifindex, uint32_t program_id, struct netdev_name *ret);
