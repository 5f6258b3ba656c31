#pragma once

#include "daemon/state/registry.h"

#include <systemd/sd-event.h>

/*
 * Looks whether our links are still where they were. Somebody with the rights can detach a link by
 * force (BPF_LINK_DETACH), and the kernel announces that to nobody, so that it is looked at again and
 * again; it takes about a microsecond a device.
 */
struct guard;

struct guard_events {
	/* Is nothing being changed? Else it is no time to look. */
	bool (*idle)(void *userdata);
	/* On the loop: the device is there, and what we attached is so no more. */
	void (*lost)(void *userdata, struct device *device);
	/* After each round, for what else has to be looked at. */
	void (*round)(void *userdata);
};

int guard_new(sd_event *loop, const struct registry *registry, const struct guard_events *events,
	      void *userdata, struct guard **ret, struct error *error);
void guard_drop(struct guard **guard);

/*
 * May the chain be put back on the device once more? So often, so that two programs that take the
 * device from each other do not do it for ever.
 */
#define GUARD_TRIES	 3
#define GUARD_TRIES_USEC (600 * 1000000ull)
bool guard_try(const struct guard *guard, struct device *device);
