// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Which devices of a network namespace are above which: a VLAN or macvlan is above its parent, a bond,
 * bridge or VRF is above its ports. The kernel attaches no XDP program to a device while one directly
 * above it runs one, and none to a bond while one of its ports does (dev_xdp_attach() in
 * net/core/dev.c, bond_xdp_set() in drivers/net/bonding/bond_main.c).
 */
struct netdev_stack;

/*
 * Reads the stack of the thread's network namespace as it is now. The caller frees it with
 * netdev_stack_drop().
 */
int netdev_stack_read(struct netdev_stack **ret, struct error *error);
void netdev_stack_drop(struct netdev_stack **stack);

/* How many layers are below the device; 0 for an unknown device. */
unsigned int netdev_stack_depth(const struct netdev_stack *stack, unsigned int ifindex);

/* A device directly above another one, or directly below it if that is a bond. */
struct netdev_neighbour {
	unsigned int ifindex; /* 0: there is no such neighbour */
	char ifname[IF_NAMESIZE];
	bool is_above;
};

/* The first neighbour of the device that runs an XDP program, in the same network namespace. */
struct netdev_neighbour netdev_stack_find_running(const struct netdev_stack *stack,
						  unsigned int ifindex);

/* The first port of the device, if that is a bond, among `n_ports` devices of the same namespace. */
struct netdev_neighbour netdev_stack_find_port(const struct netdev_stack *stack,
					       unsigned int ifindex, size_t n_ports,
					       const unsigned int *ports);

/*
 * Does the device run an XDP program, in any mode and of any owner? The device is in the thread's network
 * namespace.
 */
bool netdev_runs_xdp(unsigned int ifindex);

/* Is the device of that index, in the thread's network namespace, a bond? */
bool netdev_is_bond(unsigned int ifindex);
