// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/monitor/device-order.h"

#include "base/cleanup.h"
#include "daemon/state/device.h"

struct netdev_place *device_order(const struct registry *registry, size_t *ret_count)
{
	struct netdev_place *places = calloc(registry->n_devices + 1, sizeof(*places));

	*ret_count = places ? registry->n_devices : 0;
	for (size_t i = 0; i < *ret_count; i++) {
		const struct device *device = registry->devices[i];
		cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

		places[i] = (struct netdev_place){ .netns = device->netns,
						   .ifindex = device->ifindex,
						   .number = i };
		if (!device->ifindex && device->netns &&
		    netns_enter(device->netns, &visit, NULL) == 0)
			places[i].ifindex = device_locate(device);
	}
	netdev_order(places, *ret_count);
	for (size_t i = 0; i < *ret_count; i++)
		places[i].number = registry->devices[places[i].number]->number;
	return places;
}
