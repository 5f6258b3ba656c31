// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/root-path.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LINKS_MAX 40 /* as many as the kernel follows (include/linux/namei.h, MAXSYMLINKS) */

/* A walk along a path, one directory after the other. */
struct walk {
	char rest[PATH_MAX]; /* the part of the path that is still ahead */
	int directory;
	struct statx is; /* of the directory or file that was reached */
	int n_links;
};

/*
 * Does not ask the file system: the values that the kernel has cached are enough. The owner of a mount point
 * is read from the mounted file system, and a FUSE server can choose it, so mounts of FUSE are refused as
 * well.
 */
static int look(int fd, struct statx *ret)
{
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, ret) < 0
		       ? -errno
		       : 0;
}

static bool same_device(const struct statx *one, const struct statx *other)
{
	return one->stx_dev_major == other->stx_dev_major &&
	       one->stx_dev_minor == other->stx_dev_minor;
}

/* The number of the mount in /proc/self/mountinfo; -1: it is not known. */
static int mount_of(int fd)
{
	char path[64], line[128];
	int number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "mnt_id: %d", &number);
	if (file)
		fclose(file);
	return number;
}

/* Is that line about a mount of FUSE? Its form is "NUMBER PARENT ... - TYPE SOURCE OPTIONS". */
static bool is_fuse_line(const char *line)
{
	const char *type = strstr(line, " - ");

	return type && !strncmp(type + strlen(" - "), "fuse", strlen("fuse"));
}

static bool is_fuse(int fd)
{
	cleanup(freep) char *line = NULL;
	int wanted = mount_of(fd);
	bool found = false;
	size_t size = 0;
	FILE *file = fopen("/proc/self/mountinfo", "re");

	while (file && !found && getline(&line, &size, file) > 0)
		found = atoi(line) == wanted && is_fuse_line(line);
	if (file)
		fclose(file);
	return !file || wanted < 0 || found;
}

static bool is_proc(const struct statx *status)
{
	struct statx proc;

	return statx(AT_FDCWD, "/proc", AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &proc) == 0 &&
	       same_device(status, &proc);
}

/* In a sticky directory, such as /tmp, only root can replace what root owns. */
static bool is_roots(const struct statx *status)
{
	return status->stx_uid == 0 && (S_ISLNK(status->stx_mode) || !(status->stx_mode & 022) ||
					(S_ISDIR(status->stx_mode) && status->stx_mode & S_ISVTX));
}

/* Takes the next name off the rest; NULL: the rest is empty. */
static char *next_name(struct walk *walk, char name[static NAME_MAX + 1])
{
	const char *begin = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(begin, "/");

	if (!length || length > NAME_MAX)
		return NULL;
	memcpy(name, begin, length);
	name[length] = '\0';
	memmove(walk->rest, begin + length, strlen(begin + length) + 1);
	return name;
}

static int begin(struct walk *walk)
{
	closep(&walk->directory);
	walk->directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return walk->directory < 0 ? -errno : look(walk->directory, &walk->is);
}

static int follow(struct walk *walk, int link)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	if (++walk->n_links > LINKS_MAX)
		return -ELOOP;
	target[length] = '\0';
	if (snprintf(rest, sizeof(rest), "%s%s", target, walk->rest) >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	strcpy(walk->rest, rest);
	return target[0] == '/' ? begin(walk) : 0;
}

/* Links in /proc can lead anywhere, so they may only be at the end of the path. */
static int step(struct walk *walk, const char *name)
{
	cleanup(closep) int fd = openat(walk->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct statx is;
	bool in_proc;
	int result = fd < 0 ? -errno : look(fd, &is);

	if (result < 0)
		return result;
	in_proc = is_proc(&is);
	if (!in_proc && (!is_roots(&is) || (!same_device(&is, &walk->is) && is_fuse(fd))))
		return -EPERM;
	if (S_ISLNK(is.stx_mode) && in_proc)
		return *walk->rest ? -EPERM : 0;
	if (S_ISLNK(is.stx_mode))
		return follow(walk, fd);
	closep(&walk->directory);
	walk->directory = steal_fd(&fd);
	walk->is = is;
	return 0;
}

int root_path_check(const char *path)
{
	struct walk walk = { .directory = -1 };
	char name[NAME_MAX + 1];
	int result;

	if (path[0] != '/' || strlen(path) >= sizeof(walk.rest))
		return -EPERM;
	strcpy(walk.rest, path);
	result = begin(&walk);
	while (result == 0 && next_name(&walk, name))
		result = step(&walk, name);
	closep(&walk.directory);
	return result;
}
