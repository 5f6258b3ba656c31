#include "daemon/control/monitor/fuse-timer.h"

#include "base/cleanup.h"

#include <string.h>
#include <time.h>

struct settling {
	sd_event_source *timer;
	uint64_t quiet;
	void (*due)(void *userdata);
	void *userdata;
};

static uint64_t now(const struct settling *settling)
{
	uint64_t usec;

	sd_event_now(sd_event_source_get_event(settling->timer), CLOCK_MONOTONIC, &usec);
	return usec;
}

static int fire(sd_event_source *timer, uint64_t usec, void *userdata)
{
	struct settling *settling = userdata;

	(void)timer;
	(void)usec;
	settling->due(settling->userdata);
	return 0;
}

int settling_new(sd_event *loop, uint64_t quiet, void (*due)(void *userdata), void *userdata,
		 struct settling **ret, struct error *error)
{
	cleanup(settling_drop) struct settling *settling = calloc(1, sizeof(*settling));
	int result;

	if (!settling)
		return error_memory(error);
	settling->quiet = quiet;
	settling->due = due;
	settling->userdata = userdata;
	result = sd_event_add_time(loop, &settling->timer, CLOCK_MONOTONIC, 0, 0, fire, settling);
	if (result >= 0)
		result = sd_event_source_set_enabled(settling->timer, SD_EVENT_OFF);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot create a timer: %s",
				 errno_name(result));
	*ret = steal(settling);
	return 0;
}

void settling_drop(struct settling **p)
{
	struct settling *settling = steal(*p);

	if (!settling)
		return;
	sd_event_source_disable_unref(settling->timer);
	free(settling);
}

void settling_restart(struct settling *settling, struct device *device)
{
	settling_end(device, NULL);
	device->fuse_at = now(settling) + settling->quiet;
}

void settling_end(struct device *device, const struct error *error)
{
	device->fuse_at = 0;
	free(device->fuse_failure);
	device->fuse_failure = error ? strdup(error->message ?: "out of memory") : NULL;
}

struct device *settling_next(struct settling *settling, const struct registry *registry)
{
	struct device *next = NULL;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->fuse_at && (!next || device->fuse_at < next->fuse_at))
			next = device;
	}
	if (!next || next->fuse_at <= now(settling))
		return next;
	sd_event_source_set_time(settling->timer, next->fuse_at);
	sd_event_source_set_enabled(settling->timer, SD_EVENT_ONESHOT);
	return NULL;
}
