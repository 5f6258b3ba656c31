// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * If others can change a directory, they can replace what we write in it. So each directory of a path is
 * opened from the one before it, and its owner and mode are checked.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/directory.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LINKS_MAX 40 /* the same as in the kernel */

struct way {
	const char *what, *path; /* for errors */
	int fd;			 /* the last directory that was opened */
	char *rest;		 /* what remains of the path, without slashes in front */
	unsigned int n_links;
	struct error *error;
};

static void way_done(struct way *way)
{
	closep(&way->fd);
	free(way->rest);
}

/* The path of the open directory, for errors. */
static void describe(int fd, char ret[static PATH_MAX])
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, ret, PATH_MAX - 1);
	snprintf(ret + (length < 0 ? 0 : length), length < 0 ? PATH_MAX : 1, "%s",
		 length < 0 ? "a directory above it" : "");
}

static int refuse(const struct way *way, int failure, const char *why)
{
	return error_set(way->error, ERROR_KERNEL_REFUSED, failure, "cannot use the %s '%s': %s",
			 way->what, way->path, why);
}

static bool is_trusted(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

/* In a sticky directory others cannot remove or rename our files. */
static int check(const struct way *way, int fd, bool is_last)
{
	char place[PATH_MAX], why[PATH_MAX + 128];
	struct stat status;
	bool is_closed;

	if (fstat(fd, &status) < 0)
		return refuse(way, -errno, errno_name(errno));
	is_closed = !(status.st_mode & 022) || (!is_last && status.st_mode & S_ISVTX);
	if (is_trusted(status.st_uid) && is_closed)
		return 0;
	describe(fd, place);
	if (!is_trusted(status.st_uid))
		snprintf(why, sizeof(why),
			 "'%s' belongs to uid %u; it must belong to root or to the user that runs "
			 "xdpd",
			 place, status.st_uid);
	else
		snprintf(why, sizeof(why),
			 "others may write to '%s' (mode %o); use 'chmod go-w' on it", place,
			 status.st_mode & 07777);
	return refuse(way, -EPERM, why);
}

/* `*fd` is taken over, also on failure. */
static int enter(struct way *way, int *fd, bool is_last)
{
	int result = check(way, *fd, is_last);

	closep(&way->fd);
	way->fd = steal_fd(fd);
	return result;
}

static int enter_root(struct way *way)
{
	cleanup(closep) int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? refuse(way, -errno, errno_name(errno)) : enter(way, &fd, false);
}

static int set_rest(struct way *way, const char *first, const char *rest)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", first, *rest ? "/" : "", rest) < 0)
		return error_memory(way->error);
	free(way->rest);
	way->rest = joined;
	return *joined == '/' ? enter_root(way) : 0;
}

/* Takes the next name of the path; true if only slashes follow it. */
static bool take_name(struct way *way, char ret[static NAME_MAX + 1])
{
	const char *from = way->rest + strspn(way->rest, "/");
	size_t length = strcspn(from, "/");

	snprintf(ret, NAME_MAX + 1, "%.*s", (int)length, from);
	from += length;
	from += strspn(from, "/");
	memmove(way->rest, from, strlen(from) + 1);
	return !*way->rest;
}

/* A symbolic link can be trusted as far as its owner can. */
static int follow(struct way *way, int link, const struct stat *status)
{
	cleanup(freep) char *rest = strdup(way->rest);
	char target[PATH_MAX];
	ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);

	if (length < 0 || !is_trusted(status->st_uid))
		return refuse(way, -EPERM,
			      length < 0 ? errno_name(errno)
					 : "a symbolic link above it was made by another user");
	if (++way->n_links > LINKS_MAX)
		return refuse(way, -ELOOP, errno_name(ELOOP));
	target[length] = '\0';
	return rest ? set_rest(way, target, rest) : error_memory(way->error);
}

static int step(struct way *way, const char *name)
{
	cleanup(closep) int fd = openat(way->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return refuse(way, -errno, errno_name(errno));
	if (S_ISLNK(status.st_mode))
		return follow(way, fd, &status);
	if (!S_ISDIR(status.st_mode))
		return refuse(way, -ENOTDIR, errno_name(ENOTDIR));
	return enter(way, &fd, false);
}

static int end(struct way *way, const char *name, int *ret)
{
	cleanup(closep) int fd = -1;
	struct stat status;
	int result;

	if (*name && mkdirat(way->fd, name, 0700) < 0 && errno != EEXIST)
		return refuse(way, -errno, errno_name(errno));
	fd = openat(way->fd, *name ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && fstatat(way->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(status.st_mode))
		return refuse(way, -ELOOP, "it is a symbolic link");
	result = fd < 0 ? refuse(way, -errno, errno_name(errno)) : check(way, fd, true);
	if (result == 0)
		*ret = steal_fd(&fd);
	return result;
}

int directory_open_own(const char *path, const char *what, int *ret, struct error *error)
{
	cleanup(way_done) struct way way = { .what = what, .path = path, .fd = -1, .error = error };
	char here[PATH_MAX] = "/", name[NAME_MAX + 1];
	int result;

	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return refuse(&way, -errno, errno_name(errno));
	result = set_rest(&way, here, path);
	while (result == 0 && !take_name(&way, name))
		result = step(&way, name);
	return result < 0 ? result : end(&way, name, ret);
}
