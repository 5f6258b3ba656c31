#pragma once

#include "daemon/state/registry.h"

#include <systemd/sd-event.h>

/*
 * When chains that were changed have been quiet for long enough to be built again as something
 * faster: a time for each device, and one timer for all of them.
 */
struct settling;

/*
 * `quiet` is in microseconds. `due` is called on the loop when settling_next() has a device.
 */
int settling_new(sd_event *loop, uint64_t quiet, void (*due)(void *userdata), void *userdata,
		 struct settling **ret, struct error *error);
void settling_drop(struct settling **settling);

/* The device was changed: its time begins anew. */
void settling_restart(struct settling *settling, struct device *device);

/* The device has settled or, for the reason of `error`, will not; NULL: it has. */
void settling_end(struct device *device, const struct error *error);

/* A device whose time has come. NULL if there is none now; then the timer is set for the next. */
struct device *settling_next(struct settling *settling, const struct registry *registry);
