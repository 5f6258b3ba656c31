// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device.h"
#include "daemon/state/registry.h"
#include "ipc/interface.h"

/*
 * Visits the devices that a request names or, if it names none, all managed devices in that network
 * namespace (NULL: in all namespaces). An unknown name is refused as by find_device_or_fail(). Ends at the first
 * negative result.
 */
typedef int (*device_visit)(void *userdata, const struct device *device, struct error *error);
int device_select(const struct registry *registry, const struct strings *names, const char *netns,
		  device_visit visit, void *userdata, struct error *error);
