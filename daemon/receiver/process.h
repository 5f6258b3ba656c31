#pragma once

#include "base/error.h"

#include <sys/types.h>

/*
 * Processes that receive what clients send with descriptors. Reading or closing a descriptor that another user
 * opened can block for as long as that user likes: a socket lingers, and a file waits for the server of its file
 * system, in which case not even SIGKILL ends the process (fs/fuse/dev.c, request_wait_answer()). So the daemon
 * never receives descriptors from clients. A receiver does, and copies the files; losing a receiver does no harm.
 */

/*
 * The process that starts receivers. It is small and shares nothing with the daemon. For each socket that is sent
 * to it, it starts a receiver that serves on that socket (daemon/receiver/message.h).
 */
struct spawner {
	pid_t pid;
	int fd;
};

/* To be called before there is a second thread. */
int spawner_start(struct spawner *ret, struct error *error);

/*
 * All of these processes end when their sockets are closed. This waits for that, for a second at most. -1 in `fd`
 * is fine.
 */
void spawner_stop(struct spawner *spawner);
