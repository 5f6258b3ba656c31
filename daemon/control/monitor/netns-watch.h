#pragma once

#include "daemon/kernel/netdev.h"
#include "daemon/state/registry.h"

/* The network namespaces of our devices, and what the kernel announces in them. */
struct netns_watch;

/* What is announced, on the loop, with the namespace. */
struct netns_watch_events {
	void (*present)(void *userdata, struct netns *netns, unsigned int ifindex,
			const char *ifname);
	void (*gone)(void *userdata, struct netns *netns, unsigned int ifindex);
	void (*lost)(void *userdata); /* announcements: look at every device again */
};

/* `events` must outlive it. Watches nothing yet. */
int netns_watch_new(sd_event *loop, const struct netns_watch_events *events, void *userdata,
		    struct netns_watch **ret, struct error *error);
void netns_watch_drop(struct netns_watch **netns_watch);

/* From here on the namespace is watched, and held; does nothing if it was already. */
int netns_watch_add(struct netns_watch *netns_watch, struct netns *netns, struct error *error);

/* Watches the namespaces that have a device of ours, and releases the others. */
void netns_watch_update(struct netns_watch *netns_watch, const struct registry *registry,
			const struct netns *home);
