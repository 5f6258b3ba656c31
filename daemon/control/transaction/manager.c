// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/transaction/manager.h"

int manager_get_netns(const struct manager *manager, const char *path, struct netns **ret,
		      struct error *error)
{
	const struct registry *registry = &manager->registry;
	struct netns *found = path ? NULL : manager->home;

	for (size_t i = 0; !found && i < registry->n_devices; i++)
		if (registry->devices[i]->netns &&
		    same_netns(registry->devices[i]->netns_path, path))
			found = registry->devices[i]->netns;
	if (!found || !netns_is_named(found))
		return netns_open(path, ret, error);
	*ret = (struct netns *)node_hold(&found->node);
	return 0;
}
