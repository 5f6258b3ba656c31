#define _GNU_SOURCE
#include "daemon/control/pins/permissions.h"

#include "base/cleanup.h"
#include "base/crash-point.h"

#include <fcntl.h>

bool map_access_read(int directory, const char *name, struct map_access *ret)
{
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*ret = (struct map_access){ status.st_uid, status.st_gid, status.st_mode & 0777 };
	return true;
}

struct map_access map_access_wanted(const struct map_permissions *permissions, int directory,
				    const char *name)
{
	struct map_access access = { .mode = MAP_MODE_DEFAULT };

	map_access_read(directory, name, &access);
	if (permissions->user)
		access.uid = permissions->uid;
	if (permissions->group)
		access.gid = permissions->gid;
	if (permissions->has_mode)
		access.mode = permissions->mode;
	return access;
}

bool map_access_is(int directory, const char *name, const struct map_access *access)
{
	struct map_access is;

	return map_access_read(directory, name, &is) && is.uid == access->uid &&
	       is.gid == access->gid && is.mode == access->mode;
}

/*
 * In this order nobody is let in on the way who is not at the end, and the owner is root until all else is
 * done: for what is another's it would take CAP_FOWNER, too (fs/attr.c, setattr_prepare()).
 */
int map_access_give(int directory, const char *name, const struct map_access *access)
{
	if ((!access->gid ||
	     fchownat(directory, name, -1, access->gid, AT_SYMLINK_NOFOLLOW) == 0) &&
	    fchmodat(directory, name, access->mode, 0) == 0 &&
	    (!access->uid || fchownat(directory, name, access->uid, -1, AT_SYMLINK_NOFOLLOW) == 0))
		return 0;
	return -errno;
}

int map_access_refuse(const char *what, const struct map_permissions *permissions, int number,
		      struct error *error)
{
	cleanup(freep) char *owner = map_permissions_describe_owner(permissions);

	return error_set(error, ERROR_UNSUPPORTED, number,
			 "cannot change the owner of %s to %s: %s; the daemon needs CAP_CHOWN (add "
			 "it to the unit with 'systemctl edit xdpd')",
			 what, owner ?: "them", errno_name(number));
}

/* No device is called so, so that it is swept away if it is left. */
#define TRIAL "+trial"

int map_access_try(const char *path, const struct map_permissions *permissions, struct error *error)
{
	cleanup(closep) int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct map_access access = map_access_wanted(permissions, directory, TRIAL);
	int result = 0;

	if (!access.uid && !access.gid)
		return 0;
	/* A link that leads nowhere is of no use to whoever has it. */
	unlinkat(directory, TRIAL, 0);
	if (symlinkat(TRIAL, directory, TRIAL) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot create a symbolic link in '%s': %s", path,
				 errno_name(errno));
	if (fchownat(directory, TRIAL, access.uid, access.gid, AT_SYMLINK_NOFOLLOW) < 0)
		result = map_access_refuse("maps", permissions, -errno, error);
	crash_point("map-trial");
	unlinkat(directory, TRIAL, 0);
	return result;
}
