// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/registry.h"

/*
 * The managed device that has the name `name` in the network namespace at that path (NULL: the daemon's
 * own): as its name or, if it exists, as one of its alternative names (ip-link(8)). NULL: there is none.
 */
struct device *find_device(const struct registry *registry, const char *netns_path,
			   const char *name);

/*
 * The same. Errors: NoSuchDevice says whether the device does not exist, or xdpd does not manage it.
 */
int find_device_or_fail(const struct registry *registry, const char *ifname, const char *netns,
			const struct device **ret, struct error *error);
