// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/state/find-device.h"

#include "base/cleanup.h"
#include "daemon/kernel/netdev.h"

/* A managed device that exists in that namespace; NULL: none does. */
static const struct device *find_neighbour(const struct registry *registry, const char *netns_path)
{
	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		if (device->ifindex && same_netns(device->netns_path, netns_path))
			return device;
	}
	return NULL;
}

/*
 * The kernel resolves alternative names like other names. If xdpd manages no device in the namespace, the
 * name cannot be one of a managed device.
 */
static struct device *find_by_altname(const struct registry *registry, const char *netns_path,
				      const char *name)
{
	const struct device *neighbour = find_neighbour(registry, netns_path);
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	unsigned int ifindex;

	if (!neighbour || netns_enter(neighbour->netns, &visit, NULL) < 0 ||
	    netdev_find(name, &ifindex, NULL) < 0)
		return NULL;
	return registry_find(registry, neighbour->netns, ifindex);
}

struct device *find_device(const struct registry *registry, const char *netns_path,
			   const char *name)
{
	return registry_find_named(registry, netns_path, name)
		       ?: find_by_altname(registry, netns_path, name);
}

int find_device_or_fail(const struct registry *registry, const char *ifname, const char *netns,
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
