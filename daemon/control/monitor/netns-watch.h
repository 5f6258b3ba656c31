// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/netdev.h"
#include "daemon/state/registry.h"

/* The network namespaces of managed devices, and the kernel's announcements in them. */
struct netns_watch;

/* Called on the loop for announcements, with the namespace. */
struct netns_watch_events {
	void (*present)(void *userdata, struct netns *netns, unsigned int ifindex,
			const char *ifname);
	void (*gone)(void *userdata, struct netns *netns, unsigned int ifindex);
	void (*lost)(void *userdata); /* announcements were lost, so all devices must be checked */
};

/* `events` must outlive the watch, which watches no namespace yet. */
int netns_watch_new(sd_event *loop, const struct netns_watch_events *events, void *userdata,
		    struct netns_watch **ret, struct error *error);
void netns_watch_drop(struct netns_watch **netns_watch);

/* Watches and holds the namespace; does nothing if it is watched already. */
int netns_watch_add(struct netns_watch *netns_watch, struct netns *netns, struct error *error);

/* Watches the namespaces of all managed devices, and releases the others. */
void netns_watch_update(struct netns_watch *netns_watch, const struct registry *registry,
			const struct netns *home);
