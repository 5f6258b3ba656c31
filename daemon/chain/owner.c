// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/chain/owner.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define BYTES_MAX 127

bool same_owner(const char *owner, const char *other)
{
	return owner && other ? !strcmp(owner, other) : owner == other;
}

bool entry_belongs_to(const struct entry *entry, const char *owner)
{
	return !owner || same_owner(owner, entry->owner);
}

static bool is_valid(const char *owner)
{
	if (!isalnum((unsigned char)*owner) && *owner != '_')
		return false;
	for (const char *at = owner; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("_-.+@:/", *at))
			return false;
	return strlen(owner) <= BYTES_MAX;
}

int owner_check(const char *owner, struct error *error)
{
	if (!owner || is_valid(owner))
		return 0;
	return error_set(
		error, ERROR_INVALID_ARGUMENT, -EINVAL,
		"'%.80s' cannot be the name of an owner: names have letters, digits, '_', '-', "
		"'.', '+', '@', ':' and '/', begin with a letter, a digit or '_', and have at "
		"most %d bytes",
		owner, BYTES_MAX);
}

int owner_refuse_name(const struct entry *entry, const char *owner, const char *ifname,
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
