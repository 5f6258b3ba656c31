// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pins/permissions.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/control/pins/pin-owner.h"

#include <fcntl.h>

bool pin_permissions_read(int directory, const char *name, struct pin_permissions *ret)
{
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*ret = (struct pin_permissions){ status.st_uid, status.st_gid, status.st_mode & 0777 };
	return true;
}

struct pin_permissions pin_permissions_wanted(const struct map_permissions *permissions,
					      int directory, const char *name)
{
	struct pin_permissions access = { .mode = MAP_MODE_DEFAULT };

	pin_permissions_read(directory, name, &access);
	if (permissions->user)
		access.uid = permissions->uid;
	if (permissions->group)
		access.gid = permissions->gid;
	if (permissions->has_mode)
		access.mode = permissions->mode;
	return access;
}

bool pin_permissions_is(int directory, const char *name, const struct pin_permissions *access)
{
	struct pin_permissions is;

	return pin_permissions_read(directory, name, &is) && is.uid == access->uid &&
	       is.gid == access->gid && is.mode == access->mode;
}

/*
 * The order matters. At no time can a user open the pin who must not in the end. And the owner changes last,
 * because changing a file of another user would require CAP_FOWNER as well (fs/attr.c, setattr_prepare()).
 */
int pin_permissions_set(const char *helper, int directory, const char *name,
			const struct pin_permissions *access)
{
	int result = access->gid ? pin_owner_set(helper, directory, name, -1, access->gid) : 0;

	if (result == 0 && fchmodat(directory, name, access->mode, 0) < 0)
		result = -errno;
	if (result == 0 && access->uid)
		result = pin_owner_set(helper, directory, name, access->uid, -1);
	return result;
}

int pin_permissions_refuse(const char *what, const struct map_permissions *permissions, int number,
			   struct error *error)
{
	cleanup(freep) char *owner = map_permissions_describe_owner(permissions);

	return error_set(error, ERROR_UNSUPPORTED, number,
			 "cannot change the owner of %s to %s: %s; the daemon needs CAP_CHOWN or "
			 "its helper ('systemctl start xdpd-map-owner.socket')",
			 what, owner ?: "them", errno_name(number));
}

/* No device can have this name, so a probe that was left over is removed as stale. */
#define PROBE "+trial"

static int probe(const struct pin_directories *directories,
		 const struct map_permissions *permissions, struct error *error)
{
	const char *path = directories->maps;
	cleanup(closep) int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct pin_permissions access = pin_permissions_wanted(permissions, directory, PROBE);
	int result;

	if (!access.uid && !access.gid)
		return 0;
	/* The probe is a symbolic link that leads nowhere, so its owner gains nothing from it. */
	unlinkat(directory, PROBE, 0);
	if (symlinkat(PROBE, directory, PROBE) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot create a symbolic link in '%s': %s", path,
				 errno_name(errno));
	result = pin_owner_set(directories->owner_helper, directory, PROBE, access.uid, access.gid);
	if (result < 0)
		pin_permissions_refuse("maps", permissions, result, error);
	crash_point("map-trial");
	unlinkat(directory, PROBE, 0);
	return result;
}

int pin_permissions_prepare(const struct pin_directories *directories,
			    const struct map_permissions *said, struct map_permissions *ret,
			    struct error *error)
{
	cleanup(map_permissions_done) struct map_permissions permissions = {};
	int result;

	if (map_permissions_copy(said, &permissions) < 0)
		return error_memory(error);
	result = map_permissions_look_up(&permissions, error)
			 ?: probe(directories, &permissions, error);
	if (result < 0)
		return result;
	*ret = permissions;
	permissions = (struct map_permissions){};
	return 0;
}
