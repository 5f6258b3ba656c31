// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/receiver/process.h"
#include "ipc/codec.h"

#include <sys/types.h>
#include <systemd/sd-event.h>

/*
 * The daemon's side of the processes in daemon/receiver/process.h. One receiver is kept ready. While it is
 * busy, more are started, so a client that blocks a receiver delays only itself.
 */
struct receivers;

/* The spawner must outlive the receivers. If the spawner's process ends, the loop ends. */
int receivers_new(sd_event *loop, const struct spawner *spawner, struct receivers **ret,
		  struct error *error);

/* Connections that are not closed yet are closed when the process ends. NULL is fine. */
void receivers_drop(struct receivers **receivers);

/* A receiver that reads from a client's connection. */
struct receiver;

struct receiver_events {
	/*
	 * May files with that many bytes be kept? Returns 0 or a negative errno with an error, with which
	 * received_read() of each file will fail.
	 */
	int (*check_size)(void *userdata, uint64_t size, struct error *error);
	/*
	 * The receiver has read. `result` is the number of bytes; 0: the client has closed the connection;
	 * negative errno: -E2BIG for more than FDS_MAX descriptors. The callee takes `fds`: copies of files
	 * (daemon/receiver/received.h) and BPF maps, which can be closed without blocking.
	 */
	void (*done)(void *userdata, int result, const void *bytes, struct fds *fds);
};

/*
 * Reads once from the connection, on which descriptors have arrived; without `with_fds` they are dropped.
 * The caller keeps the connection, and must not read from it meanwhile. `uid` is the client's. `events` must
 * outlive the receiver.
 */
int receivers_receive(struct receivers *receivers, int connection, uid_t uid, bool with_fds,
		      const struct receiver_events *events, void *userdata, struct receiver **ret,
		      struct error *error);

/* The result is no longer needed, and `done` is not called. NULL is fine. */
void receiver_abandon(struct receiver **receiver);

/*
 * Closes a connection, or a listening socket, with all data and descriptors that wait in it, without
 * blocking. `is_clean`: no receiver can be reading from it, and it is not a listening socket.
 */
void receivers_close(struct receivers *receivers, int *connection, uid_t uid, bool is_clean);

/* Is a receivers_receive() still running? */
bool receivers_are_busy(const struct receivers *receivers);

/*
 * The number of processes that are still busy with data of that user's clients, besides receivers_receive().
 */
size_t receivers_count(const struct receivers *receivers, uid_t uid);
