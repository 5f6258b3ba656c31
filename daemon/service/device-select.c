// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/device-select.h"

#include "base/cleanup.h"
#include "daemon/kernel/netdev.h"
#include "daemon/service/change-request.h"
#include "daemon/state/device.h"
#include "daemon/state/find-device.h"

int device_find(const struct registry *registry, const char *ifname, const char *netns,
		const struct device **ret, struct error *error)
{
	const struct device *device = find_device(registry, netns, ifname);
	unsigned int ifindex;

	if (device) {
		*ret = device;
		return 0;
	}
	if (netns)
		return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "xdpd does not manage '%s' in the network namespace '%s'", ifname,
				 netns);
	if (netdev_find(ifname, &ifindex, error) < 0)
		return -ENODEV;
	return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV, "xdpd does not manage %s", ifname);
}

static int visit_named(const struct registry *registry, const char *ifname, const char *netns,
		       device_visit visit, void *userdata, struct error *error)
{
	const struct device *device;
	int result = device_find(registry, ifname, netns, &device, error);

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
