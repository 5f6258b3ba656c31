#pragma once

#include "daemon/state/device.h"
#include "daemon/state/registry.h"
#include "ipc/interface.h"

/*
 * Shows the devices that a request to look names, or, if it names none, all of ours that are in that
 * network namespace (NULL: in any). A device that is not ours has nothing to show, but must be there:
 * NoSuchDevice. Ends at the first that returns something negative.
 */
typedef int (*device_visit)(void *userdata, const struct device *device, struct error *error);
int device_select(const struct registry *registry, const struct strings *names, const char *netns,
		  device_visit visit, void *userdata, struct error *error);
