// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/file.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "base/directory.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The result of file_open() for anything but a regular file. */
#define NOT_REGULAR -EMEDIUMTYPE

int file_open(int directory, const char *name, bool follow)
{
	cleanup(closep) int fd = openat(directory, name,
					O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
						(follow ? 0 : O_NOFOLLOW));
	struct stat status;

	if (fd < 0)
		return errno == ENXIO ? NOT_REGULAR : -errno; /* a socket */
	if (fstat(fd, &status) < 0)
		return -errno;
	return S_ISREG(status.st_mode) ? steal_fd(&fd) : NOT_REGULAR;
}

const char *file_open_reason(int failure)
{
	switch (failure) {
	case NOT_REGULAR:
		return "it is not a regular file";
	case -ELOOP:
		return "it is a symbolic link";
	default:
		return errno_name(failure);
	}
}

int blob_read(int fd, const char *what, size_t limit, struct blob *ret, struct error *error)
{
	cleanup(freep) void *bytes = NULL;
	struct stat status;
	size_t done = 0, size;

	if (fstat(fd, &status) < 0)
		return error_set(error, ERROR_BAD_OBJECT, -errno, "cannot get the status of %s: %s",
				 what, errno_name(errno));
	if (!S_ISREG(status.st_mode))
		return error_set(error, ERROR_BAD_OBJECT, -EINVAL, "%s is not a regular file",
				 what);
	size = status.st_size;
	if (size > limit)
		return error_set(error, ERROR_BAD_OBJECT, -EFBIG,
				 "%s has %zu bytes; the limit is %zu MiB", what, size, limit >> 20);
	bytes = malloc(size + 1);
	if (!bytes)
		return error_memory(error);
	while (done < size) {
		ssize_t count = pread(fd, (char *)bytes + done, size - done, done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_set(error, ERROR_BAD_OBJECT, -errno, "cannot read %s: %s",
					 what, errno_name(errno));
		if (count == 0)
			return error_set(error, ERROR_BAD_OBJECT, -EIO,
					 "%s shrank while it was being read", what);
		done += count;
	}
	*ret = (struct blob){ .bytes = steal(bytes), .size = size };
	return 0;
}

char *file_label(int fd)
{
	char path[PATH_MAX], link[64];
	const char *name;
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0 || path[0] != '/')
		return strdup("the object");
	path[length] = '\0';
	name = basename(path);
	return strdup(*name ? name : path);
}

int file_write_all(int fd, const void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = write(fd, (const char *)bytes + done, size - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		done += count;
	}
	return 0;
}

static int cannot_write(const char *name, int failure, struct error *error)
{
	return error_set(error, ERROR_KERNEL_REFUSED, failure, "cannot write '%s': %s", name,
			 errno_name(failure));
}

/* Suffix of files that are being written and not yet renamed. */
#define ASIDE ".new"

static int aside_name(const char *name, char ret[static NAME_MAX + 1])
{
	return snprintf(ret, NAME_MAX + 1, "%s" ASIDE, name) <= NAME_MAX ? 0 : -ENAMETOOLONG;
}

/* With `sync` the contents are on the disk when it returns. */
static int write_aside(int directory, const char *name, const void *bytes, size_t size, bool sync,
		       struct error *error)
{
	cleanup(closep) int fd = -1;
	char aside[NAME_MAX + 1];
	int result = aside_name(name, aside);

	if (result == 0)
		fd = openat(directory, aside,
			    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
			    0600);
	if (result == 0 && fd < 0)
		result = -errno;
	crash_point("file-open");
	if (result == 0)
		result = file_write_all(fd, bytes, size);
	crash_point("file-write");
	if (result == 0 && sync && fsync(fd) < 0)
		result = -errno;
	if (result == 0)
		return 0;
	if (fd >= 0)
		unlinkat(directory, aside, 0);
	return cannot_write(name, result, error);
}

int file_prepare(int directory, const char *name, const void *bytes, size_t size,
		 struct error *error)
{
	return write_aside(directory, name, bytes, size, false, error);
}

int file_commit(int directory, const char *name, struct error *error)
{
	char aside[NAME_MAX + 1];
	int result = aside_name(name, aside);

	if (result == 0 && renameat(directory, aside, directory, name) < 0)
		result = -errno;
	crash_point("file-rename");
	return result < 0 ? cannot_write(name, result, error) : 0;
}

int file_replace(int directory, const char *name, const void *bytes, size_t size,
		 struct error *error)
{
	int result = write_aside(directory, name, bytes, size, true, error);
	char aside[NAME_MAX + 1];

	if (result == 0)
		result = file_commit(directory, name, error);
	if (result < 0 && aside_name(name, aside) == 0)
		unlinkat(directory, aside, 0);
	return result;
}

static void sweep(int directory, const char *name, void *userdata)
{
	size_t length = strlen(name);

	(void)userdata;
	if (length > strlen(ASIDE) && !strcmp(name + length - strlen(ASIDE), ASIDE))
		unlinkat(directory, name, 0);
}

void file_remove_stale(int directory)
{
	directory_each(directory, ".", sweep, NULL);
}
