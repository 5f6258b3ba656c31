#include "daemon/control/edit/map-permissions.h"

#include "base/cleanup.h"
#include "daemon/control/pins/permissions.h"

int giving_prepare(const struct transaction *transaction, const struct map_rights *said,
		   struct map_rights *ret, struct error *error)
{
	cleanup(map_rights_done) struct map_rights rights = {};
	int result;

	if (map_rights_copy(said, &rights) < 0)
		return error_memory(error);
	result = map_rights_look_up(&rights, error)
			 ?: map_access_try(transaction->workshop->directories.maps, &rights, error);
	if (result < 0)
		return result;
	*ret = rights;
	rights = (struct map_rights){};
	return 0;
}

int giving_withdraw(struct target *target, struct error *error)
{
	for (size_t i = 0; i < target->wanted.n_entries; i++) {
		struct entry *entry = &target->wanted.entries[i];
		const struct entry *before = chain_find(&target->device->chain, entry->name);

		if (before && map_rights_withdraw(&entry->map_rights, &before->map_rights) < 0)
			return error_memory(error);
	}
	return 0;
}
