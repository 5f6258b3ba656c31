// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/bpffs/pin-directories.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "base/lock.h"
#include "daemon/kernel/bpffs/bpffs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BPFFS "/sys/fs/bpf"

void pin_directories_done(struct pin_directories *directories)
{
	if (directories->directory)
		closep(&directories->lock);
	free(directories->directory);
	free(directories->components);
	free(directories->generations);
	free(directories->devices);
	free(directories->maps);
	free(directories->map_root);
	free(directories->dispatchers);
	free(directories->owner_helper);
	*directories = (struct pin_directories){};
}

/* The caller frees `*ret`, also on failure. */
static int make(const char *directory, const char *name, char **ret, struct error *error)
{
	if (asprintf(ret, "%s/%s", directory, name) < 0) {
		*ret = NULL;
		return error_memory(error);
	}
	return bpffs_prepare(*ret, error);
}

/*
 * The same bpffs may be mounted twice, as in the sandbox of our unit. The mount that we use is writable.
 */
static int find_dispatchers(const char *map_root, char **ret, struct error *error)
{
	struct stat ours, theirs;

	if (stat(map_root, &ours) < 0 || stat(BPFFS, &theirs) < 0 || ours.st_dev != theirs.st_dev)
		return 0;
	if (asprintf(ret, "%s/xdp", map_root) >= 0)
		return 0;
	*ret = NULL;
	return error_memory(error);
}

/* Other users cannot list the directory, but can open pins in it whose mode allows it. */
static int let_through(const char *directory, struct error *error)
{
	if (chmod(directory, 0711) == 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot change the mode of '%s': %s",
			 directory, errno_name(errno));
}

char *pin_directories_outside(const struct pin_directories *directories, const char *path)
{
	size_t length = strlen(directories->map_root);
	struct stat own, machine;
	char *outside;

	if (strncmp(path, directories->map_root, length) != 0 ||
	    stat(directories->map_root, &own) < 0 || stat(BPFFS, &machine) < 0 ||
	    own.st_dev != machine.st_dev || own.st_ino != machine.st_ino)
		return strdup(path);
	return asprintf(&outside, "%s%s", BPFFS, path + length) < 0 ? NULL : outside;
}

/* Two daemons with the same pins would each remove the pins that only the other daemon knows. */
static int lock(const char *directory, int *ret, struct error *error)
{
	cleanup(freep) char *path = NULL;
	cleanup(closep) int fd = -1;
	int result = bpffs_prepare(directory, error);

	if (result < 0)
		return result;
	path = realpath(directory, NULL);
	result = directory_open_own(path ?: directory, "pin directory", &fd, error);
	if (result == 0)
		result = lock_directory(fd, "pin directory", directory, error);
	if (result == 0)
		*ret = steal_fd(&fd);
	return result;
}

static const char *const names[] = { "components", "generations", "devices", "maps" };

/* Creates the directories below `directory`, which exists. */
static int make_all(const char *directory, struct error *error)
{
	cleanup(freep) char *maps = NULL;
	int result = 0;

	for (size_t i = 0; result == 0 && i < array_size(names); i++) {
		free(steal(maps));
		result = make(directory, names[i], &maps, error);
	}
	return result < 0 ? result : let_through(directory, error) ?: let_through(maps, error);
}

static int name_all(struct pin_directories *directories, struct error *error)
{
	char **const paths[] = { &directories->components, &directories->generations,
				 &directories->devices, &directories->maps };

	static_assert(array_size(paths) == array_size(names), "every directory has a name");
	for (size_t i = 0; i < array_size(names); i++)
		if (asprintf(paths[i], "%s/%s", directories->directory, names[i]) < 0) {
			*paths[i] = NULL;
			return error_memory(error);
		}
	return 0;
}

int pin_directories_init(struct pin_directories *directories, const char *directory,
			 const char *owner_helper, struct error *error)
{
	int result;

	directories->lock = -1;
	directories->owner_helper = strdup(owner_helper);
	directories->directory = directories->owner_helper ? strdup(directory) : NULL;
	result = directories->directory ? lock(directory, &directories->lock, error)
					: error_memory(error);
	if (result == 0)
		result = name_all(directories, error) ?: make_all(directory, error);
	if (result == 0 && !(directories->map_root = bpffs_mount_point(directory)))
		result = error_memory(error);
	if (result == 0)
		result = find_dispatchers(directories->map_root, &directories->dispatchers, error);
	if (result < 0)
		pin_directories_done(directories);
	return result;
}

/* Does the name of the directory still lead to the one that is locked? */
static bool has_name(const struct pin_directories *directories)
{
	struct stat locked, named;

	return fstat(directories->lock, &locked) == 0 &&
	       stat(directories->directory, &named) == 0 && locked.st_dev == named.st_dev &&
	       locked.st_ino == named.st_ino;
}

bool places_are_there(const struct pin_directories *directories)
{
	const char *const paths[] = { directories->components, directories->generations,
				      directories->devices, directories->maps };
	struct stat status;

	for (size_t i = 0; i < array_size(paths); i++)
		if (stat(paths[i], &status) < 0 || !S_ISDIR(status.st_mode))
			return false;
	return has_name(directories);
}

int places_repair(struct pin_directories *directories, struct error *error)
{
	int new_lock = -1;
	int result = has_name(directories) ? 0 : lock(directories->directory, &new_lock, error);

	if (new_lock >= 0) {
		closep(&directories->lock);
		directories->lock = new_lock;
	}
	return result < 0 ? result : make_all(directories->directory, error);
}
