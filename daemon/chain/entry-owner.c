// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/chain/entry-owner.h"

#include "daemon/chain/owner.h"

#include <errno.h>

bool entry_belongs_to(const struct entry *entry, const char *owner)
{
	return !owner || same_owner(owner, entry->owner);
}

int entry_refuse_name(const struct entry *entry, const char *owner, const char *ifname,
		      struct error *error)
{
	if (!entry->owner)
		return error_set(error, ERROR_NAME_TAKEN, -EEXIST,
				 "%s already has a component '%s' without an owner, so owner '%s' "
				 "cannot have one with that name; choose another name",
				 ifname, entry->name, owner);
	if (!owner)
		return error_set(error, ERROR_NAME_TAKEN, -EEXIST,
				 "%s already has a component '%s', which belongs to owner '%s'; "
				 "choose another name",
				 ifname, entry->name, entry->owner);
	return error_set(error, ERROR_NAME_TAKEN, -EEXIST,
			 "%s already has a component '%s', which belongs to owner '%s', so owner "
			 "'%s' cannot have one with that name; choose another name",
			 ifname, entry->name, entry->owner, owner);
}
