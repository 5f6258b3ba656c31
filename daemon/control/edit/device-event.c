// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/device-event.h"

#include "base/cleanup.h"
#include "daemon/control/load/load-missing.h"
#include "daemon/state/device.h"

/* Finds the index and name of the device; an ifindex of 0: it does not exist. */
static int locate(struct transaction *transaction, struct target *target)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int result = 0;

	if (!target->netns && manager_get_netns(transaction->manager, target->device->netns_path,
						&target->netns, NULL) < 0)
		return 0;
	result = netns_enter(target->netns, &visit, &transaction->error);
	if (result < 0)
		return result;
	if (!target->ifindex)
		target->ifindex = device_locate(target->device);
	if (target->ifindex)
		/* Else it has just disappeared. */
		if_indextoname(target->ifindex, transaction->ifname);
	return 0;
}

int device_event_appeared(struct transaction *transaction)
{
	struct target *target = &transaction->targets[0];
	bool loaded = false;
	int result = locate(transaction, target);

	if (result == 0)
		result = load_missing(transaction, target, &loaded);
	if (result < 0)
		return result;
	target->stays = !target->ifindex || (target->device->live && !loaded) ||
			device_is_released(target->device);
	target->generation += !target->stays;
	return 0;
}

int device_event_disappeared(struct transaction *transaction)
{
	struct target *target = &transaction->targets[0];

	target->ifindex = 0;
	if (target->netns && !netns_is_named(target->netns))
		netns_release(&target->netns);
	return 0;
}
