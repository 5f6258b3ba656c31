#include "daemon/control/monitor/fuse-timer.h"

#include "base/cleanup.h"
#include "daemon/state/device.h"

#include <string.h>
#include <time.h>

struct fuse_timer {
	sd_event_source *timer;
	uint64_t quiet;
	void (*due)(void *userdata);
	void *userdata;
};

static uint64_t now(const struct fuse_timer *fuse_timer)
{
	uint64_t usec;

	sd_event_now(sd_event_source_get_event(fuse_timer->timer), CLOCK_MONOTONIC, &usec);
	return usec;
}

static int fire(sd_event_source *timer, uint64_t usec, void *userdata)
{
	struct fuse_timer *fuse_timer = userdata;

	(void)timer;
	(void)usec;
	fuse_timer->due(fuse_timer->userdata);
	return 0;
}

int fuse_timer_new(sd_event *loop, uint64_t quiet, void (*due)(void *userdata), void *userdata,
		   struct fuse_timer **ret, struct error *error)
{
	cleanup(fuse_timer_drop) struct fuse_timer *fuse_timer = calloc(1, sizeof(*fuse_timer));
	int result;

	if (!fuse_timer)
		return error_memory(error);
	fuse_timer->quiet = quiet;
	fuse_timer->due = due;
	fuse_timer->userdata = userdata;
	result = sd_event_add_time(loop, &fuse_timer->timer, CLOCK_MONOTONIC, 0, 0, fire,
				   fuse_timer);
	if (result >= 0)
		result = sd_event_source_set_enabled(fuse_timer->timer, SD_EVENT_OFF);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot create a timer: %s",
				 errno_name(result));
	*ret = steal(fuse_timer);
	return 0;
}

void fuse_timer_drop(struct fuse_timer **p)
{
	struct fuse_timer *fuse_timer = steal(*p);

	if (!fuse_timer)
		return;
	sd_event_source_disable_unref(fuse_timer->timer);
	free(fuse_timer);
}

void fuse_timer_restart(struct fuse_timer *fuse_timer, struct device *device)
{
	fuse_timer_end(device, NULL);
	device->fuse_at = now(fuse_timer) + fuse_timer->quiet;
}

void fuse_timer_end(struct device *device, const struct error *error)
{
	device->fuse_at = 0;
	free(device->fuse_failure);
	device->fuse_failure = error ? strdup(error->message ?: "out of memory") : NULL;
}

struct device *fuse_timer_next(struct fuse_timer *fuse_timer, const struct registry *registry)
{
	struct device *next = NULL;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->fuse_at && (!next || device->fuse_at < next->fuse_at))
			next = device;
	}
	if (!next || next->fuse_at <= now(fuse_timer))
		return next;
	sd_event_source_set_time(fuse_timer->timer, next->fuse_at);
	sd_event_source_set_enabled(fuse_timer->timer, SD_EVENT_ONESHOT);
	return NULL;
}
