// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/user-group.h"

#include "base/cleanup.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#define ROOM_MAX (16 << 20)

static int ask_user(const char *name, char *room, size_t size, id_t *ret)
{
	struct passwd user, *found = NULL;
	int failure = getpwnam_r(name, &user, room, size, &found);

	*ret = found ? found->pw_uid : USER_GROUP_NONE;
	return failure;
}

static int ask_group(const char *name, char *room, size_t size, id_t *ret)
{
	struct group group, *found = NULL;
	int failure = getgrnam_r(name, &group, room, size, &found);

	*ret = found ? found->gr_gid : USER_GROUP_NONE;
	return failure;
}

static int find(const char *kind, int (*ask)(const char *name, char *room, size_t size, id_t *ret),
		const char *name, id_t *ret, struct error *error)
{
	size_t size = 4096;
	cleanup(freep) char *room = NULL;
	int failure;

	do {
		char *larger = realloc(room, size *= 2);

		if (!larger)
			return error_memory(error);
		room = larger;
		failure = ask(name, room, size, ret);
	} while (failure == ERANGE && size < ROOM_MAX);
	/* Some name services report a missing entry in this way; getgrnam_r(3). */
	if (!failure || failure == ENOENT || failure == ESRCH || failure == EBADF ||
	    failure == EPERM)
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -failure, "cannot look up %s '%s': %s",
			 kind, name, errno_name(failure));
}

int user_find(const char *name, id_t *ret, struct error *error)
{
	return find("user", ask_user, name, ret, error);
}

int group_find(const char *name, id_t *ret, struct error *error)
{
	return find("group", ask_group, name, ret, error);
}
