// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/bpffs/bpffs.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

static bool is_bpffs(const char *path)
{
	struct statfs status;

	return statfs(path, &status) == 0 && (unsigned long)status.f_type == BPF_FS_MAGIC;
}

/* Like mkdir -p: directories that exist already are fine. */
static int make_directories(char *path, struct error *error)
{
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		int made;

		if (slash)
			*slash = '\0';
		made = mkdir(path, 0700);
		if (made < 0 && errno != EEXIST)
			return error_set(error, ERROR_KERNEL_REFUSED, -errno,
					 "cannot create the directory '%s': %s", path,
					 errno_name(errno));
		if (!slash)
			return 0;
		*slash = '/';
	}
}

int bpffs_prepare(const char *path, struct error *error)
{
	cleanup(freep) char *copy = strdup(path);
	int made;

	if (!copy)
		return error_memory(error);
	if (!strncmp(path, BPFFS "/", strlen(BPFFS "/")) && !is_bpffs(BPFFS) &&
	    mount("bpf", BPFFS, "bpf", 0, "mode=0700") < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot mount a bpffs on '" BPFFS "': %s", errno_name(errno));
	made = make_directories(copy, error);
	if (made < 0)
		return made;
	if (!is_bpffs(path))
		return error_set(
			error, ERROR_KERNEL_REFUSED, -EINVAL,
			"'%s' is not on a bpffs; mount one with 'mount -t bpf bpf DIRECTORY'",
			path);
	return 0;
}

int bpffs_new(struct error *error)
{
	cleanup(closep) int context = fsopen("bpf", FSOPEN_CLOEXEC);
	cleanup(closep) int mounted = -1;
	int root = -1;

	if (context >= 0 && fsconfig(context, FSCONFIG_SET_STRING, "mode", "0700", 0) == 0 &&
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mounted = fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (mounted >= 0)
		root = openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		return root;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot create a bpffs: %s",
			 errno_name(errno));
}

char *bpffs_mount_point(const char *path)
{
	char *point = strdup(path);
	struct stat here, above;

	while (point && strrchr(point, '/') > point) {
		cleanup(freep) char *parent = strndup(point, strrchr(point, '/') - point);

		if (!parent || stat(point, &here) < 0 || stat(parent, &above) < 0 ||
		    here.st_dev != above.st_dev)
			break;
		free(point);
		point = steal(parent);
	}
	return point;
}
