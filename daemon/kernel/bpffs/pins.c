// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/bpffs/pins.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "base/directory.h"
#include "daemon/kernel/bpffs/object-id.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct pins {
	char *directory;
};

int pins_at(const char *parent, const char *name, struct pins **ret, struct error *error)
{
	struct pins *pins = calloc(1, sizeof(*pins));

	if (!pins || asprintf(&pins->directory, "%s/%s", parent, name) < 0) {
		free(pins);
		return error_memory(error);
	}
	*ret = pins;
	return 0;
}

/*
 * Nothing uses a directory of that name: a removal that failed, for want of a descriptor, left it. Without this no later
 * change of the device would succeed.
 */
static int make_directory(const char *path)
{
	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	directory_remove(AT_FDCWD, path);
	return mkdir(path, 0700) < 0 ? -errno : 0;
}

int pins_new(const char *parent, const char *name, struct pins **ret, struct error *error)
{
	cleanup(pins_keep) struct pins *pins = NULL;
	int result = pins_at(parent, name, &pins, error);

	if (result < 0)
		return result;
	result = make_directory(pins->directory);
	if (result < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, result,
				 result == -ENOENT
					 ? "cannot create the directory '%s': %s; 'xdpctl verify "
					   "--repair' creates those above it that were removed"
					 : "cannot create the directory '%s': %s",
				 pins->directory, errno_name(-result));
	crash_point("pin-directory");
	*ret = steal(pins);
	return 0;
}

int pins_open(const char *parent, const char *name, struct pins **ret, struct error *error)
{
	cleanup(pins_keep) struct pins *pins = NULL;
	int result = pins_at(parent, name, &pins, error);

	if (result < 0)
		return result;
	if (access(pins->directory, F_OK) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot open the directory '%s': %s", pins->directory,
				 errno_name(errno));
	*ret = steal(pins);
	return 0;
}

/* NULL: no memory. */
static char *path_of(const struct pins *pins, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", pins->directory, name) < 0)
		return NULL;
	for (char *dot = path + strlen(pins->directory); (dot = strchr(dot, '.'));)
		*dot = '_';
	return path;
}

static int add(const char *path, int fd, struct error *error)
{
	if (bpf_obj_pin(fd, path) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot pin '%s': %s", path,
				 errno_name(errno));
	crash_point("pin");
	return 0;
}

int pins_add(struct pins *pins, const char *name, int fd, struct error *error)
{
	cleanup(freep) char *path = path_of(pins, name);

	return path ? add(path, fd, error) : error_memory(error);
}

int pins_get(const struct pins *pins, const char *name)
{
	cleanup(freep) char *path = path_of(pins, name);

	return path ? bpf_obj_get(path) : -ENOMEM;
}

const char *pins_directory(const struct pins *pins)
{
	return pins->directory;
}

void pins_remove(struct pins *pins, const char *name)
{
	cleanup(freep) char *path = path_of(pins, name);

	if (path)
		unlink(path);
}

int pins_rename(struct pins *pins, const char *from, const char *to)
{
	cleanup(freep) char *old_path = path_of(pins, from);
	cleanup(freep) char *new_path = path_of(pins, to);

	if (!old_path || !new_path)
		return -ENOMEM;
	return rename(old_path, new_path) < 0 ? -errno : 0;
}

int pins_hold(const struct pins *pins, const char *name, int fd)
{
	cleanup(closep) int pinned = pins_get(pins, name);

	return pinned < 0 ? pinned : object_id(pinned) == object_id(fd);
}

int pins_repair(struct pins *pins, const char *name, int fd, struct error *error)
{
	cleanup(freep) char *path = path_of(pins, name);

	if (!path)
		return error_memory(error);
	unlink(path);
	if (add(path, fd, NULL) == 0)
		return 0;
	mkdir(pins->directory, 0700); /* because somebody may have removed the directory */
	return add(path, fd, error);
}

int pins_visit_add(struct pins *pins, const char *name, int fd, void *userdata)
{
	return pins_add(pins, name, fd, userdata);
}

void pins_drop(struct pins **pins)
{
	if (*pins)
		directory_remove(AT_FDCWD, (*pins)->directory);
	pins_keep(pins);
}

void pins_keep(struct pins **pins)
{
	if (*pins)
		free((*pins)->directory);
	free(steal(*pins));
}
