// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/libxdp/lock.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define TRIES 100

/* flock(2) has no time limit, and the process that holds the lock may be stopped. */
static int wait_for_lock(int fd)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	for (unsigned int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK || i == TRIES)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int libxdp_lock(const char *directory, struct error *error)
{
	cleanup(closep) int fd = -1;
	int result;

	mkdir(directory, 0700);
	fd = open(directory, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	result = fd < 0 ? -errno : wait_for_lock(fd);
	if (result == 0)
		return steal_fd(&fd);
	return error_set(error, ERROR_DEVICE_BUSY, result,
			 result == -EWOULDBLOCK
				 ? "another process is changing libxdp's dispatchers (%s); retry"
				 : "cannot lock libxdp's dispatchers: %s",
			 errno_name(result));
}
