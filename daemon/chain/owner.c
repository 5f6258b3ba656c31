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
