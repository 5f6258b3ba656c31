// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/lock.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#define RETRY_INTERVAL 50000000 /* nanoseconds */
#define RETRIES_MAX    100
#define UNKNOWN_MAX    10 /* how often the holder may be unknown */

/* How /proc/locks identifies a file: the device of its file system, and its inode number. */
struct file_id {
	unsigned int major, minor;
	uint64_t inode;
};

static void closefp(FILE **stream)
{
	if (*stream)
		fclose(*stream);
}

/* The device of the file system that is mounted as number `mount`; unchanged if it is unknown. */
static void find_device(int mount, struct file_id *id)
{
	cleanup(closefp) FILE *mounts = fopen("/proc/self/mountinfo", "re");
	cleanup(freep) char *line = NULL;
	unsigned int major, minor;
	size_t size = 0;
	int number;

	while (mounts && getline(&line, &size, mounts) > 0)
		if (sscanf(line, "%d %*d %u:%u", &number, &major, &minor) == 3 && number == mount) {
			id->major = major;
			id->minor = minor;
			return;
		}
}

/*
 * fstat(2) is not enough: on btrfs and overlayfs it reports a device or an inode that the kernel does not use
 * for locks.
 */
static struct file_id identify(int fd)
{
	cleanup(closefp) FILE *facts = NULL;
	cleanup(freep) char *line = NULL;
	struct file_id id = {};
	struct stat status;
	char path[64];
	size_t size = 0;
	int mount;

	if (fstat(fd, &status) == 0)
		id = (struct file_id){ major(status.st_dev), minor(status.st_dev), status.st_ino };
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	facts = fopen(path, "re");
	while (facts && getline(&line, &size, facts) > 0) {
		if (sscanf(line, "mnt_id: %d", &mount) == 1)
			find_device(mount, &id);
		sscanf(line, "ino: %" SCNu64, &id.inode); /* Linux 5.14 and newer */
	}
	return id;
}

/* 0: the kernel does not show it, for example because it is in another PID namespace. */
static int find_holder(int fd)
{
	const struct file_id wanted = identify(fd);
	cleanup(closefp) FILE *locks = fopen("/proc/locks", "re");
	cleanup(freep) char *line = NULL;
	size_t size = 0;

	while (locks && getline(&line, &size, locks) > 0) {
		struct file_id id;
		int pid;

		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%" SCNu64, &pid, &id.major, &id.minor,
			   &id.inode) == 4 &&
		    id.major == wanted.major && id.minor == wanted.minor &&
		    id.inode == wanted.inode)
			return pid;
	}
	return 0;
}

/*
 * A process that is killed while it starts another one leaves its lock to the new process until that process
 * runs its own program, which takes a while on a busy machine.
 */
static bool is_passing(int holder)
{
	return holder > 0 && kill(holder, 0) < 0 && errno == ESRCH;
}

/* If the lock is not free, `*ret_holder` is the process that holds it. */
static int take_lock(int fd, int *ret_holder)
{
	const struct timespec pause = { .tv_nsec = RETRY_INTERVAL };
	int failure = 0, n_unknown = 0;

	for (int i = 0; i <= RETRIES_MAX; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		failure = -errno;
		*ret_holder = failure == -EWOULDBLOCK ? find_holder(fd) : 0;
		/* The kernel may omit a lock while other locks change, or this one was just released. */
		n_unknown += *ret_holder == 0;
		if (failure != -EWOULDBLOCK || n_unknown > UNKNOWN_MAX ||
		    (*ret_holder && !is_passing(*ret_holder)))
			break;
		nanosleep(&pause, NULL);
	}
	return failure;
}

int lock_directory(int fd, const char *what, const char *path, struct error *error)
{
	char holder[32] = "pid unknown";
	int pid = 0, failure = take_lock(fd, &pid);

	if (failure == 0)
		return 0;
	if (failure != -EWOULDBLOCK)
		return error_set(error, ERROR_KERNEL_REFUSED, failure,
				 "cannot lock the %s '%s': %s", what, path, errno_name(failure));
	if (pid > 0)
		snprintf(holder, sizeof(holder), "pid %d", pid);
	return error_set(error, ERROR_KERNEL_REFUSED, failure,
			 "another xdpd (%s) uses the %s '%s'; only one can", holder, what, path);
}
