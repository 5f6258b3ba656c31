// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <systemd/sd-event.h>

/*
 * Decides when a chain has been unchanged for long enough to be built again in a faster form: one time for
 * each device, and one timer for all of them.
 */
struct fuse_timer;

/*
 * `quiet` is in microseconds. `due` is called on the loop when fuse_timer_next() has a device.
 */
int fuse_timer_new(sd_event *loop, uint64_t quiet, void (*due)(void *userdata), void *userdata,
		   struct fuse_timer **ret, struct error *error);
void fuse_timer_drop(struct fuse_timer **fuse_timer);

/* The device was changed, so its time starts again. */
void fuse_timer_restart(struct fuse_timer *fuse_timer, struct device *device);

/*
 * The chain of the device was fused, or cannot be fused for the reason in `error`; NULL: it was fused.
 */
void fuse_timer_end(struct device *device, const struct error *error);

/* The chain could not be fused for the temporary reason in `error`; it is tried again later. */
void fuse_timer_retry(struct fuse_timer *fuse_timer, struct device *device,
		      const struct error *error);

/* A device whose time has come. NULL: there is none now, and the timer is set for the next one. */
struct device *fuse_timer_next(struct fuse_timer *fuse_timer, const struct registry *registry);
