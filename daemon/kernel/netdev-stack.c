// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/netdev-stack.h"

#include "base/cleanup.h"

#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* MAX_NEST_DEV in include/linux/netdevice.h: the kernel allows no more layers. */
#define LAYERS_MAX 8

struct layer {
	unsigned int ifindex;
	unsigned int parent; /* directly below; 0: none, or in another namespace */
	unsigned int master; /* directly above, as a bond is above its ports; 0: none */
	unsigned int depth;
	bool is_bond;
	char ifname[IF_NAMESIZE];
};

struct netdev_stack {
	size_t n_layers;
	struct layer *layers; /* indexed by ifindex */
};

static void socket_freep(struct nl_sock **socket)
{
	if (*socket)
		nl_socket_free(*socket);
}

static void link_freep(struct rtnl_link **link)
{
	if (*link)
		rtnl_link_put(*link);
}

static void cache_freep(struct nl_cache **cache)
{
	if (*cache)
		nl_cache_free(*cache);
}

/* For these kinds of device the kernel reports the peer in the field of the parent. */
static bool has_peer(struct rtnl_link *link)
{
	static const char *const kinds[] = { "veth", "netkit", "vxcan" };
	const char *kind = rtnl_link_get_type(link);

	for (size_t i = 0; kind && i < array_size(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

static bool is_bond(struct rtnl_link *link)
{
	const char *kind = rtnl_link_get_type(link);

	return kind && !strcmp(kind, "bond");
}

static unsigned int find_parent(struct rtnl_link *link)
{
	int32_t elsewhere;
	int parent = rtnl_link_get_link(link);

	if (parent <= 0 || has_peer(link) || rtnl_link_get_link_netnsid(link, &elsewhere) == 0)
		return 0;
	return parent == rtnl_link_get_ifindex(link) ? 0 : parent;
}

static void add_layer(struct nl_object *object, void *userdata)
{
	struct rtnl_link *link = (struct rtnl_link *)object;
	struct netdev_stack *stack = userdata;
	struct layer *layer;

	layer = &stack->layers[stack->n_layers++];
	layer->ifindex = rtnl_link_get_ifindex(link);
	layer->parent = find_parent(link);
	layer->master = rtnl_link_get_master(link);
	layer->is_bond = is_bond(link);
	snprintf(layer->ifname, sizeof(layer->ifname), "%s", rtnl_link_get_name(link) ?: "");
}

static int compare(const void *a, const void *b)
{
	const struct layer *one = a, *other = b;

	return (one->ifindex > other->ifindex) - (one->ifindex < other->ifindex);
}

static struct layer *find_layer(const struct netdev_stack *stack, unsigned int ifindex)
{
	const struct layer key = { .ifindex = ifindex };

	return ifindex && stack->n_layers ? bsearch(&key, stack->layers, stack->n_layers,
						    sizeof(*stack->layers), compare)
					  : NULL;
}

static bool raise_above(struct layer *upper, const struct layer *lower)
{
	if (!upper || !lower || upper->depth > lower->depth)
		return false;
	upper->depth = lower->depth + 1;
	return true;
}

/* Raises each device above those below it, until no depth changes any more. */
static void find_depths(struct netdev_stack *stack)
{
	bool changed = true;

	for (int round = 0; changed && round < LAYERS_MAX; round++) {
		changed = false;
		for (size_t i = 0; i < stack->n_layers; i++) {
			struct layer *layer = &stack->layers[i];

			changed |= raise_above(layer, find_layer(stack, layer->parent));
			changed |= raise_above(find_layer(stack, layer->master), layer);
		}
	}
}

int netdev_stack_read(struct netdev_stack **ret, struct error *error)
{
	cleanup(socket_freep) struct nl_sock *socket = nl_socket_alloc();
	cleanup(cache_freep) struct nl_cache *links = NULL;
	cleanup(netdev_stack_drop) struct netdev_stack *stack = calloc(1, sizeof(*stack));
	int result;

	if (!socket || !stack)
		return error_memory(error);
	result = nl_connect(socket, NETLINK_ROUTE);
	if (result == 0)
		result = rtnl_link_alloc_cache(socket, AF_UNSPEC, &links);
	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -EIO,
				 "cannot list the network devices: %s", nl_geterror(result));
	stack->layers = calloc(nl_cache_nitems(links) + 1, sizeof(*stack->layers));
	if (!stack->layers)
		return error_memory(error);
	nl_cache_foreach(links, add_layer, stack);
	qsort(stack->layers, stack->n_layers, sizeof(*stack->layers), compare);
	find_depths(stack);
	*ret = steal(stack);
	return 0;
}

void netdev_stack_drop(struct netdev_stack **p)
{
	struct netdev_stack *stack = steal(*p);

	if (!stack)
		return;
	free(stack->layers);
	free(stack);
}

unsigned int netdev_stack_depth(const struct netdev_stack *stack, unsigned int ifindex)
{
	const struct layer *layer = find_layer(stack, ifindex);

	return layer ? layer->depth : 0;
}

bool netdev_runs_xdp(unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	return bpf_xdp_query(ifindex, 0, &query) == 0 && query.attach_mode != XDP_ATTACHED_NONE;
}

struct netdev_neighbour netdev_stack_find_running(const struct netdev_stack *stack,
						  unsigned int ifindex)
{
	const struct layer *self = find_layer(stack, ifindex);

	for (size_t i = 0; self && i < stack->n_layers; i++) {
		const struct layer *layer = &stack->layers[i];
		bool above = layer->parent == ifindex || self->master == layer->ifindex;
		bool below = self->is_bond && layer->master == ifindex;
		struct netdev_neighbour neighbour = { layer->ifindex, "", above };

		if ((!above && !below) || !netdev_runs_xdp(layer->ifindex))
			continue;
		strcpy(neighbour.ifname, layer->ifname);
		return neighbour;
	}
	return (struct netdev_neighbour){};
}

struct netdev_neighbour netdev_stack_find_port(const struct netdev_stack *stack,
					       unsigned int ifindex, size_t n_ports,
					       const unsigned int *ports)
{
	const struct layer *self = find_layer(stack, ifindex);
	struct netdev_neighbour neighbour = {};

	for (size_t i = 0; self && self->is_bond && !neighbour.ifindex && i < n_ports; i++) {
		const struct layer *port = find_layer(stack, ports[i]);

		if (!port || port->master != ifindex)
			continue;
		neighbour.ifindex = port->ifindex;
		strcpy(neighbour.ifname, port->ifname);
	}
	return neighbour;
}

bool netdev_is_bond(unsigned int ifindex)
{
	cleanup(socket_freep) struct nl_sock *socket = nl_socket_alloc();
	cleanup(link_freep) struct rtnl_link *link = NULL;

	return socket && nl_connect(socket, NETLINK_ROUTE) == 0 &&
	       rtnl_link_get_kernel(socket, ifindex, NULL, &link) == 0 && is_bond(link);
}
