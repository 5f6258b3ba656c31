#pragma once

#include "daemon/kernel/netdev.h"
#include "daemon/state/registry.h"

/* The network namespaces that devices of ours are in, and what the kernel announces in them. */
struct spaces;

/* What is announced, on the loop, with the namespace. */
struct spaces_events {
	void (*present)(void *userdata, struct netns *netns, unsigned int ifindex,
			const char *ifname);
	void (*gone)(void *userdata, struct netns *netns, unsigned int ifindex);
	void (*lost)(void *userdata); /* announcements: look at every device anew */
};

/* `events` must outlive it. Watches nothing yet. */
int spaces_new(sd_event *loop, const struct spaces_events *events, void *userdata,
	       struct spaces **ret, struct error *error);
void spaces_drop(struct spaces **spaces);

/* From here on the namespace is watched, and held; does nothing if it was already. */
int spaces_watch(struct spaces *spaces, struct netns *netns, struct error *error);

/* Watches those namespaces that a device is in, and lets go the others. */
void spaces_update(struct spaces *spaces, const struct registry *registry,
		   const struct netns *home);
