#pragma once

#include "base/error.h"

#include <net/if.h>
#include <systemd/sd-event.h>

/* The device's index. Errors: NoSuchDevice, with the name. */
int netdev_find(const char *ifname, unsigned int *ret_ifindex, struct error *error);

/* The device's MTU in bytes, or 0 if it cannot be told. */
unsigned int netdev_mtu(const char *ifname);

/* What a watch reports, on the loop. */
struct netdev_events {
	void (*present)(void *userdata, unsigned int ifindex, const char *ifname);
	void (*gone)(void *userdata, unsigned int ifindex);
	/* Announcements were lost (ENOBUFS): look at every device again. */
	void (*lost)(void *userdata);
};

/* Listens to the kernel's announcements about network devices. */
struct netdev_watch;

int netdev_watch_new(sd_event *loop, const struct netdev_events *events, void *userdata,
		     struct netdev_watch **ret, struct error *error);
void netdev_watch_drop(struct netdev_watch **watch);
