#pragma once

#include "base/error.h"

#include <net/if.h>
#include <stdbool.h>

/*
 * Which devices of a network namespace are above which: a VLAN or macvlan is above its parent, a bond,
 * bridge or VRF is above its ports. The kernel attaches no XDP program to a device while one directly
 * above it runs one, and none to a bond while one of its ports does (dev_xdp_attach() in
 * net/core/dev.c, bond_xdp_set() in drivers/net/bonding/bond_main.c).
 */
struct netdev_stack;

/* As it is now, in the namespace that the thread is in. The caller frees it with netdev_stack_drop(). */
int netdev_stack_read(struct netdev_stack **ret, struct error *error);
void netdev_stack_drop(struct netdev_stack **stack);

/* How many layers are below the device; 0 for an unknown device. */
unsigned int netdev_stack_depth(const struct netdev_stack *stack, unsigned int ifindex);

/* A device directly above another one, or, for a bond, below it. */
struct netdev_neighbour {
	unsigned int ifindex; /* 0: there is none */
	char ifname[IF_NAMESIZE];
	bool is_above;
};

/* The first neighbour of the device that runs an XDP program. It is in the same namespace. */
struct netdev_neighbour netdev_stack_find_running(const struct netdev_stack *stack,
						  unsigned int ifindex);

/* Does the device run an XDP program, in any mode and of any owner? In the thread's namespace. */
bool netdev_runs_xdp(unsigned int ifindex);

/* In the thread's namespace. */
bool netdev_is_bond(unsigned int ifindex);
