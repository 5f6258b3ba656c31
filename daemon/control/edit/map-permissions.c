#include "daemon/control/edit/map-permissions.h"

#include "base/cleanup.h"
#include "daemon/control/pins/permissions.h"

int map_permissions_prepare(const struct transaction *transaction,
			    const struct map_permissions *said, struct map_permissions *ret,
			    struct error *error)
{
	cleanup(map_permissions_done) struct map_permissions permissions = {};
	int result;

	if (map_permissions_copy(said, &permissions) < 0)
		return error_memory(error);
	result = map_permissions_look_up(&permissions, error)
			 ?: pin_permissions_probe(transaction->manager->directories.maps,
						  &permissions, error);
	if (result < 0)
		return result;
	*ret = permissions;
	permissions = (struct map_permissions){};
	return 0;
}

int map_permissions_withdraw_all(struct target *target, struct error *error)
{
	for (size_t i = 0; i < target->wanted.n_entries; i++) {
		struct entry *entry = &target->wanted.entries[i];
		const struct entry *before = chain_find(&target->device->chain, entry->name);

		if (before &&
		    map_permissions_withdraw(&entry->map_permissions, &before->map_permissions) < 0)
			return error_memory(error);
	}
	return 0;
}
