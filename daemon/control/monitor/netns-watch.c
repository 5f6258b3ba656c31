// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/monitor/netns-watch.h"

#include "base/cleanup.h"

struct watched_netns {
	struct watched_netns *next;
	struct netns_watch *netns_watch;
	struct netns *netns; /* held */
	struct netdev_watch *watch;
};

struct netns_watch {
	sd_event *loop;
	const struct netns_watch_events *events;
	void *userdata;
	struct watched_netns *first;
};

static void present(void *userdata, unsigned int ifindex, const char *ifname)
{
	const struct watched_netns *watched = userdata;

	watched->netns_watch->events->present(watched->netns_watch->userdata, watched->netns,
					      ifindex, ifname);
}

static void gone(void *userdata, unsigned int ifindex)
{
	const struct watched_netns *watched = userdata;

	watched->netns_watch->events->gone(watched->netns_watch->userdata, watched->netns, ifindex);
}

static void lost(void *userdata)
{
	const struct watched_netns *watched = userdata;

	watched->netns_watch->events->lost(watched->netns_watch->userdata);
}

static const struct netdev_events netdev_events = { present, gone, lost };

static void watched_netns_drop(struct watched_netns **p)
{
	struct watched_netns *watched = steal(*p);

	if (!watched)
		return;
	netdev_watch_drop(&watched->watch);
	netns_release(&watched->netns);
	free(watched);
}

int netns_watch_new(sd_event *loop, const struct netns_watch_events *events, void *userdata,
		    struct netns_watch **ret, struct error *error)
{
	struct netns_watch *netns_watch = calloc(1, sizeof(*netns_watch));

	if (!netns_watch)
		return error_memory(error);
	*netns_watch = (struct netns_watch){ loop, events, userdata, NULL };
	*ret = netns_watch;
	return 0;
}

void netns_watch_drop(struct netns_watch **p)
{
	struct netns_watch *netns_watch = steal(*p);

	while (netns_watch && netns_watch->first) {
		struct watched_netns *watched = netns_watch->first;

		netns_watch->first = watched->next;
		watched_netns_drop(&watched);
	}
	free(netns_watch);
}

/* A socket stays in the namespace in which it was created. */
static int open_watch(struct watched_netns *watched, struct error *error)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int result = netns_enter(watched->netns, &visit, error);

	return result < 0 ? result
			  : netdev_watch_new(watched->netns_watch->loop, &netdev_events, watched,
					     &watched->watch, error);
}

int netns_watch_add(struct netns_watch *netns_watch, struct netns *netns, struct error *error)
{
	struct watched_netns *watched = netns_watch->first;
	int result;

	while (watched && watched->netns->id != netns->id)
		watched = watched->next;
	if (watched)
		return 0;
	watched = calloc(1, sizeof(*watched));
	if (!watched)
		return error_memory(error);
	watched->netns_watch = netns_watch;
	watched->netns = (struct netns *)node_hold(&netns->node);
	result = open_watch(watched, error);
	if (result < 0) {
		watched_netns_drop(&watched);
		return result;
	}
	watched->next = netns_watch->first;
	netns_watch->first = watched;
	return 0;
}

static bool is_used(const struct netns *netns, const struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++)
		if (registry->devices[i]->netns && registry->devices[i]->netns->id == netns->id)
			return true;
	return false;
}

void netns_watch_update(struct netns_watch *netns_watch, const struct registry *registry,
			const struct netns *home)
{
	for (struct watched_netns **p = &netns_watch->first; *p;) {
		struct watched_netns *watched = *p;

		if (watched->netns == home || is_used(watched->netns, registry)) {
			p = &watched->next;
			continue;
		}
		*p = watched->next;
		watched_netns_drop(&watched);
	}
	for (size_t i = 0; i < registry->n_devices; i++)
		if (registry->devices[i]->netns && registry->devices[i]->netns->path)
			netns_watch_add(netns_watch, registry->devices[i]->netns, NULL);
}
