// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/netdev-order.h"

#include "base/cleanup.h"
#include "daemon/kernel/netdev-stack.h"

/* Fills in the depths of all devices that are in the namespace of the first. */
static void find_depths(struct netdev_place *places, size_t n_places, bool *known)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	cleanup(netdev_stack_drop) struct netdev_stack *stack = NULL;

	if (netns_enter(places[0].netns, &visit, NULL) == 0)
		netdev_stack_read(&stack, NULL);
	for (size_t i = 0; i < n_places; i++) {
		if (!places[i].netns || places[i].netns->id != places[0].netns->id)
			continue;
		known[i] = true;
		if (stack)
			places[i].depth = netdev_stack_depth(stack, places[i].ifindex);
	}
}

static int compare(const void *a, const void *b)
{
	const struct netdev_place *one = a, *other = b;

	if (one->depth != other->depth)
		return one->depth < other->depth ? -1 : 1;
	return (one->number > other->number) - (one->number < other->number);
}

void netdev_order(struct netdev_place *places, size_t n_places)
{
	cleanup(freep) bool *known = calloc(n_places + 1, sizeof(*known));

	if (n_places < 2)
		return;
	for (size_t i = 0; i < n_places; i++)
		places[i].depth = 0;
	for (size_t i = 0; known && i < n_places; i++)
		if (places[i].netns && places[i].ifindex && !known[i])
			find_depths(&places[i], n_places - i, &known[i]);
	qsort(places, n_places, sizeof(*places), compare);
}
