// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device.h"
#include "daemon/state/registry.h"
#include "ipc/interface.h"

/*
 * The managed device that has the name `ifname`, or has it as an alternative name; `netns` is a path, NULL
 * for the daemon's own. Errors: NoSuchDevice says whether the device does not exist, or xdpd does not manage
 * it.
 */
int device_find(const struct registry *registry, const char *ifname, const char *netns,
		const struct device **ret, struct error *error);

/*
 * Visits the devices that a request names or, if it names none, all managed devices in that network
 * namespace (NULL: in all namespaces). An unknown name is refused as by device_find(). Ends at the first
 * negative result.
 */
typedef int (*device_visit)(void *userdata, const struct device *device, struct error *error);
int device_select(const struct registry *registry, const struct strings *names, const char *netns,
		  device_visit visit, void *userdata, struct error *error);
