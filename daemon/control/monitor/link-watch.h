// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <systemd/sd-event.h>

/*
 * Checks regularly that our links are still attached. A process with the rights can detach a link by force
 * (BPF_LINK_DETACH), and the kernel does not announce that. A check takes about a microsecond for each
 * device.
 */
struct link_watch;

struct link_watch_events {
	/* Is no change running? Otherwise the links are not checked. */
	bool (*idle)(void *userdata);
	/* On the loop: the device exists, and our link is no longer attached to it. */
	void (*lost)(void *userdata, struct device *device);
	/* After each round, for other checks. */
	void (*round)(void *userdata);
};

/*
 * Checks the links of all devices in the registry. The registry and `events` must outlive the watch.
 */
int link_watch_new(sd_event *loop, const struct registry *registry,
		   const struct link_watch_events *events, void *userdata, struct link_watch **ret,
		   struct error *error);
void link_watch_drop(struct link_watch **link_watch);

/*
 * May the chain be attached to the device again? The number of attempts is limited: otherwise xdpd and
 * another program could detach each other forever.
 */
#define LINK_WATCH_RETRIES	3
#define LINK_WATCH_RETRIES_USEC (600 * 1000000ull)
bool link_watch_may_retry(const struct link_watch *link_watch, struct device *device);
