// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <sys/types.h>

/*
 * Processes that receive the descriptors that clients send. Reading or closing a descriptor that another
 * user opened can block for as long as that user likes: a socket may linger, and a file may wait for the
 * server of its file system. In the latter case not even SIGKILL ends the process (fs/fuse/dev.c,
 * request_wait_answer()). So the daemon itself never receives descriptors from clients. A receiver does, and
 * copies the files; if a receiver hangs or dies, the daemon is not harmed.
 */

/*
 * The process that starts receivers. It is small and shares no memory with the daemon. For each socket that
 * the daemon sends, it starts a receiver that serves on that socket (daemon/receiver/message.h).
 */
struct spawner {
	pid_t pid;
	int fd;
};

/* Starts the process. Must be called while the daemon has only one thread. */
int spawner_start(struct spawner *ret, struct error *error);

/*
 * Closes the sockets, which ends all of these processes, and waits for that, at most a second. -1 in `fd` is
 * fine.
 */
void spawner_stop(struct spawner *spawner);
