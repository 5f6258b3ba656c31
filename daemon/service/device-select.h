#pragma once

#include "daemon/state/device.h"
#include "daemon/state/registry.h"
#include "ipc/interface.h"

/*
 * The device of ours that the request calls `ifname`, by any of its names; `netns` is a path, or NULL for the
 * daemon's own. NoSuchDevice says whether there is no such device, or xdpd does not manage it.
 */
int device_find(const struct registry *registry, const char *ifname, const char *netns,
		const struct device **ret, struct error *error);

/*
 * Shows the devices that a request to look names, or, if it names none, all of ours that are in that
 * network namespace (NULL: in any). A name that is not one of our devices is refused as by device_find().
 * Ends at the first that returns something negative.
 */
typedef int (*device_visit)(void *userdata, const struct device *device, struct error *error);
int device_select(const struct registry *registry, const struct strings *names, const char *netns,
		  device_visit visit, void *userdata, struct error *error);
