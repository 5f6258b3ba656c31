// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/device-select.h"

#include "base/cleanup.h"
#include "daemon/service/client-netns.h"
#include "daemon/state/device.h"
#include "daemon/state/find-device.h"

static int visit_named(const struct registry *registry, const char *ifname, const char *netns,
		       device_visit visit, void *userdata, struct error *error)
{
	const struct device *device;
	int result = find_device_or_fail(registry, ifname, netns, &device, error);

	return result < 0 ? result : visit(userdata, device, error);
}

int device_select(const struct registry *registry, const struct strings *names, const char *netns,
		  device_visit visit, void *userdata, struct error *error)
{
	cleanup(freep) char *path = NULL;
	int result = netns_path(netns, &path, error);

	for (size_t i = 0; result == 0 && i < names->n_items; i++)
		result = visit_named(registry, names->items[i], path, visit, userdata, error);
	for (size_t i = 0; result == 0 && !names->items && i < registry->n_devices; i++)
		if (!netns || same_netns(path, registry->devices[i]->netns_path))
			result = visit(userdata, registry->devices[i], error);
	return result;
}
