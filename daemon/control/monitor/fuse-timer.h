#pragma once

#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <systemd/sd-event.h>

/*
 * When chains that were changed have been quiet for long enough to be built again as something
 * faster: a time for each device, and one timer for all of them.
 */
struct fuse_timer;

/*
 * `quiet` is in microseconds. `due` is called on the loop when fuse_timer_next() has a device.
 */
int fuse_timer_new(sd_event *loop, uint64_t quiet, void (*due)(void *userdata), void *userdata,
		   struct fuse_timer **ret, struct error *error);
void fuse_timer_drop(struct fuse_timer **fuse_timer);

/* The device was changed: its time starts again. */
void fuse_timer_restart(struct fuse_timer *fuse_timer, struct device *device);

/* The device's chain was fused, or, for the reason in `error`, cannot be; NULL: it was. */
void fuse_timer_end(struct device *device, const struct error *error);

/* It is not fused for the reason of `error`, which passes: it is tried again later. */
void fuse_timer_retry(struct fuse_timer *fuse_timer, struct device *device,
		      const struct error *error);

/* A device whose time has come. NULL if there is none now; then the timer is set for the next. */
struct device *fuse_timer_next(struct fuse_timer *fuse_timer, const struct registry *registry);
