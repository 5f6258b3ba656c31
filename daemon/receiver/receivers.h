#pragma once

#include "daemon/receiver/process.h"
#include "ipc/codec.h"

#include <sys/types.h>
#include <systemd/sd-event.h>

/*
 * The daemon's side of the processes in daemon/receiver/process.h. One receiver is kept ready; while it is busy
 * others are started, so a client that blocks a receiver delays only itself.
 */
struct receivers;

/* The spawner must outlive it. If that process ends, so does the loop. */
int receivers_new(sd_event *loop, const struct spawner *spawner, struct receivers **ret,
		  struct error *error);

/* Connections that are still to be closed are closed when the process ends. NULL is fine. */
void receivers_drop(struct receivers **receivers);

/* A receiver that works for a connection. */
struct receiver;

struct receiver_events {
	/*
	 * May files with that many bytes be kept? A negative errno: no, and received_read() of each fails with
	 * that error.
	 */
	int (*check_size)(void *userdata, uint64_t size, struct error *error);
	/*
	 * It is done. `result` is the number of bytes; 0: the client ended; negative errno: -E2BIG for
	 * more than FDS_MAX descriptors. `fds` are to be taken over: files as of daemon/receiver/received.h,
	 * and BPF maps; closing them does not block.
	 */
	void (*done)(void *userdata, int result, const void *bytes, struct fds *fds);
};

/*
 * Reads once from the connection, in which descriptors wait; without `with_fds` they are dropped. The connection
 * stays the caller's, and must not be read meanwhile. `uid` is the client's. `events` must outlive the receiver.
 */
int receivers_receive(struct receivers *receivers, int connection, uid_t uid, bool with_fds,
		      const struct receiver_events *events, void *userdata, struct receiver **ret,
		      struct error *error);

/* The result is no longer wanted: `done` is not called. NULL is fine. */
void receiver_abandon(struct receiver **receiver);

/*
 * Closes a connection, or a listening socket, with everything that waits in it, and does not block. `is_clean`: no
 * receiver may be reading from it, and it is not a listening socket.
 */
void receivers_close(struct receivers *receivers, int *connection, uid_t uid, bool is_clean);

/* Is there a receivers_receive() that is not done? */
bool receivers_are_busy(const struct receivers *receivers);

/* How many processes are still busy with what clients of that user sent, beside receivers_receive()? */
size_t receivers_count(const struct receivers *receivers, uid_t uid);
