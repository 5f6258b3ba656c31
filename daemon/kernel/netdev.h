// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <net/if.h>
#include <systemd/sd-event.h>

/* Finds the index of the device. Errors: NoSuchDevice, with the name. */
int netdev_find(const char *ifname, unsigned int *ret_ifindex, struct error *error);

/* The device's MTU in bytes; 0: it is unknown. */
unsigned int netdev_mtu(const char *ifname);

/* What a watch reports, on the event loop. */
struct netdev_events {
	void (*present)(void *userdata, unsigned int ifindex, const char *ifname);
	void (*gone)(void *userdata, unsigned int ifindex);
	/* Announcements were lost (ENOBUFS), so all devices must be checked again. */
	void (*lost)(void *userdata);
};

/* Listens to the kernel's announcements about network devices of one namespace. */
struct netdev_watch;

/*
 * Watches the network namespace that the thread is in. `events` must outlive the watch. Drop with
 * netdev_watch_drop(); NULL is fine.
 */
int netdev_watch_new(sd_event *loop, const struct netdev_events *events, void *userdata,
		     struct netdev_watch **ret, struct error *error);
void netdev_watch_drop(struct netdev_watch **watch);
