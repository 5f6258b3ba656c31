// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/monitor/fuse-timer.h"

#include "base/cleanup.h"
#include "daemon/loop/timer.h"
#include "daemon/state/device.h"

#include <string.h>

#define RETRY 2000000 /* microseconds, at least */

struct fuse_timer {
	struct timer *timer;
	uint64_t quiet;
};

int fuse_timer_new(sd_event *loop, uint64_t quiet, void (*due)(void *userdata), void *userdata,
		   struct fuse_timer **ret, struct error *error)
{
	cleanup(fuse_timer_drop) struct fuse_timer *fuse_timer = calloc(1, sizeof(*fuse_timer));
	int result;

	if (!fuse_timer)
		return error_memory(error);
	fuse_timer->quiet = quiet;
	result = timer_new(loop, CLOCK_MONOTONIC, 0, due, userdata, &fuse_timer->timer, error);
	if (result == 0)
		*ret = steal(fuse_timer);
	return result;
}

void fuse_timer_drop(struct fuse_timer **p)
{
	struct fuse_timer *fuse_timer = steal(*p);

	if (!fuse_timer)
		return;
	timer_drop(&fuse_timer->timer);
	free(fuse_timer);
}

void fuse_timer_restart(struct fuse_timer *fuse_timer, struct device *device)
{
	fuse_timer_end(device, NULL);
	device->fuse_at = timer_now(fuse_timer->timer) + fuse_timer->quiet;
}

void fuse_timer_end(struct device *device, const struct error *error)
{
	device->fuse_at = 0;
	free(device->fuse_failure);
	device->fuse_failure = error ? strdup(error->message ?: "out of memory") : NULL;
}

void fuse_timer_retry(struct fuse_timer *fuse_timer, struct device *device,
		      const struct error *error)
{
	fuse_timer_end(device, error);
	device->fuse_at = timer_now(fuse_timer->timer) +
			  (fuse_timer->quiet > RETRY ? fuse_timer->quiet : RETRY);
}

struct device *fuse_timer_next(struct fuse_timer *fuse_timer, const struct registry *registry)
{
	struct device *next = NULL;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->fuse_at && (!next || device->fuse_at < next->fuse_at))
			next = device;
	}
	if (!next || next->fuse_at <= timer_now(fuse_timer->timer))
		return next;
	timer_set(fuse_timer->timer, next->fuse_at);
	return NULL;
}
