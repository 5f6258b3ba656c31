// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "tests/fuzz/directory.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char path[64];

static int remove_one(const char *name, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	return where->level ? remove(name) : 0;
}

void directory_empty(void)
{
	if (nftw(directory_get(), remove_one, 8, FTW_DEPTH | FTW_PHYS) < 0)
		abort();
}

static void remove_all(void)
{
	directory_empty();
	rmdir(path);
}

const char *directory_get(void)
{
	if (*path)
		return path;
	strcpy(path, "/dev/shm/xdpd-fuzz-XXXXXX");
	if (!mkdtemp(path))
		abort();
	atexit(remove_all);
	return path;
}

void directory_write(const char *name, const void *bytes, size_t size)
{
	cleanup(closep) int fd = -1;
	char file[128];

	snprintf(file, sizeof(file), "%s/%s", directory_get(), name);
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
}
