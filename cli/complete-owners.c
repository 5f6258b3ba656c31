// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/complete-owners.h"

#include "base/cleanup.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

static void each_user(owner_visit visit, const void *userdata)
{
	setpwent();
	for (const struct passwd *user; (user = getpwent());)
		visit(userdata, user->pw_name, user->pw_gecos);
	endpwent();
}

/* Visits the groups, each after the first `length` characters of `begun`. */
static void each_group(const char *begun, int length, owner_visit visit, const void *userdata)
{
	setgrent();
	for (const struct group *group; (group = getgrent());) {
		cleanup(freep) char *owner = NULL;

		if (asprintf(&owner, "%.*s%s", length, begun, group->gr_name) < 0)
			abort();
		visit(userdata, owner, "");
	}
	endgrent();
}

void complete_owners_each(const char *begun, owner_visit visit, const void *userdata)
{
	const char *colon = strchr(begun, ':');

	if (colon)
		each_group(begun, colon + 1 - begun, visit, userdata);
	else
		each_user(visit, userdata);
}
