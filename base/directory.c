// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/directory.h"

#include "base/cleanup.h"
#include "base/crash-point.h"

#include <dirent.h>
#include <fcntl.h>

static void closedirp(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static DIR *open_directory(int parent, const char *name)
{
	cleanup(closep) int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (directory)
		steal_fd(&fd);
	return directory;
}

static int each(DIR *directory, directory_visit visit, void *userdata)
{
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(directory);
		if (!entry)
			return -errno;
		if (entry->d_name[0] != '.')
			visit(dirfd(directory), entry->d_name, userdata);
	}
}

static void remove_file(int directory, const char *name, void *userdata)
{
	(void)userdata;
	unlinkat(directory, name, 0);
	crash_point("remove-file");
}

void directory_remove(int parent, const char *name)
{
	cleanup(closedirp) DIR *directory = open_directory(parent, name);

	if (!directory)
		return;
	each(directory, remove_file, NULL);
	unlinkat(parent, name, AT_REMOVEDIR);
	crash_point("remove-directory");
}

int directory_each(int parent, const char *name, directory_visit visit, void *userdata)
{
	cleanup(closedirp) DIR *directory = open_directory(parent, name);

	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	return each(directory, visit, userdata);
}
