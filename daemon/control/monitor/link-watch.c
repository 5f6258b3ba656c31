#include "daemon/control/monitor/link-watch.h"

#include "base/cleanup.h"

#include <time.h>

#define INTERVAL 1000000ull /* microseconds */

struct guard {
	sd_event_source *timer;
	const struct registry *registry;
	const struct guard_events *events;
	void *userdata;
};

static bool is_lost(const struct device *device)
{
	unsigned int ifindex;
	uint32_t program_id;

	return device->ifindex && device->attachment &&
	       attachment_look(device->attachment, &ifindex, &program_id, NULL) == 0 && !ifindex;
}

static int look(sd_event_source *timer, uint64_t usec, void *userdata)
{
	struct guard *guard = userdata;

	(void)usec;
	for (size_t i = 0; guard->events->idle(guard->userdata) && i < guard->registry->n_devices;
	     i++)
		if (is_lost(guard->registry->devices[i]))
			guard->events->lost(guard->userdata, guard->registry->devices[i]);
	guard->events->round(guard->userdata);
	return sd_event_source_set_time_relative(timer, INTERVAL);
}

void guard_drop(struct guard **p)
{
	struct guard *guard = steal(*p);

	if (!guard)
		return;
	sd_event_source_disable_unref(guard->timer);
	free(guard);
}

int guard_new(sd_event *loop, const struct registry *registry, const struct guard_events *events,
	      void *userdata, struct guard **ret, struct error *error)
{
	cleanup(guard_drop) struct guard *guard = calloc(1, sizeof(*guard));
	int result;

	if (!guard)
		return error_memory(error);
	*guard = (struct guard){ NULL, registry, events, userdata };
	result = sd_event_add_time_relative(loop, &guard->timer, CLOCK_MONOTONIC, INTERVAL, 0, look,
					    guard);
	if (result >= 0)
		result = sd_event_source_set_enabled(guard->timer, SD_EVENT_ON);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot create a timer: %s",
				 errno_name(result));
	*ret = steal(guard);
	return 0;
}

bool guard_try(const struct guard *guard, struct device *device)
{
	uint64_t now;

	sd_event_now(sd_event_source_get_event(guard->timer), CLOCK_MONOTONIC, &now);
	if (now >= device->link_watch_until) {
		device->link_watch_until = now + GUARD_TRIES_USEC;
		device->link_watch_tries = 0;
	}
	return device->link_watch_tries++ < GUARD_TRIES;
}
