// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/monitor/link-watch.h"

#include "base/cleanup.h"
#include "daemon/loop/timer.h"
#include "daemon/state/device.h"

#define INTERVAL 1000000ull /* microseconds */

struct link_watch {
	struct timer *timer;
	const struct registry *registry;
	const struct link_watch_events *events;
	void *userdata;
};

static bool is_lost(const struct device *device)
{
	unsigned int ifindex;
	uint32_t program_id;

	return device->ifindex && device->attachment &&
	       attachment_look(device->attachment, &ifindex, &program_id, NULL) == 0 && !ifindex;
}

static void look(void *userdata)
{
	struct link_watch *link_watch = userdata;

	for (size_t i = 0;
	     link_watch->events->idle(link_watch->userdata) && i < link_watch->registry->n_devices;
	     i++)
		if (is_lost(link_watch->registry->devices[i]))
			link_watch->events->lost(link_watch->userdata,
						 link_watch->registry->devices[i]);
	link_watch->events->round(link_watch->userdata);
	timer_set_relative(link_watch->timer, INTERVAL);
}

void link_watch_drop(struct link_watch **p)
{
	struct link_watch *link_watch = steal(*p);

	if (!link_watch)
		return;
	timer_drop(&link_watch->timer);
	free(link_watch);
}

int link_watch_new(sd_event *loop, const struct registry *registry,
		   const struct link_watch_events *events, void *userdata, struct link_watch **ret,
		   struct error *error)
{
	cleanup(link_watch_drop) struct link_watch *link_watch = calloc(1, sizeof(*link_watch));
	int result;

	if (!link_watch)
		return error_memory(error);
	*link_watch = (struct link_watch){ NULL, registry, events, userdata };
	result = timer_new(loop, CLOCK_MONOTONIC, 0, look, link_watch, &link_watch->timer, error);
	if (result < 0)
		return result;
	timer_set_relative(link_watch->timer, INTERVAL);
	*ret = steal(link_watch);
	return 0;
}

bool link_watch_may_retry(const struct link_watch *link_watch, struct device *device)
{
	uint64_t now = timer_now(link_watch->timer);

	if (now >= device->link_watch_until) {
		device->link_watch_until = now + LINK_WATCH_RETRIES_USEC;
		device->link_watch_tries = 0;
	}
	return device->link_watch_tries++ < LINK_WATCH_RETRIES;
}
