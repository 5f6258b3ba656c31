#pragma once

#include "ipc/codec.h"

#include <stdint.h>

/*
 * The protocol between the daemon and a receiver, on a SOCK_SEQPACKET socket. Each order gets one answer. If
 * files were sent with the bytes, the daemon grants them with one byte, and the receiver sends them. Then the
 * receiver sends one byte of any value: it is free for the next order.
 */

/* Bytes that are read at once. */
#define RECEIVER_BYTES_MAX 32768

/* What becomes of the connection that comes with the order. */
enum receiver_task {
	RECEIVE_ALL,   /* read once, with its descriptors */
	RECEIVE_BYTES, /* read once, and the descriptors are dropped; the receiver ends with them */
	RECEIVE_NOTHING, /* kept with all that waits in it, until the receiver ends with it */
};

struct receiver_order {
	enum receiver_task task;
};

struct receiver_answer {
	int32_t result;	     /* how many bytes; 0: the client ended; negative errno */
	uint32_t n_files;    /* that wait to be granted */
	uint64_t files_size; /* their bytes */
	char bytes[RECEIVER_BYTES_MAX];
};

/* The byte that the daemon sends after an answer with files. It may send RECEIVER_END at any time. */
enum { RECEIVER_END, RECEIVER_GRANT };

/* Comes with as many descriptors, in order. */
struct receiver_files {
	int32_t result; /* negative errno: there are none */
};

/* One message, whole, with up to FDS_MAX descriptors. 0, or a negative errno. */
int message_send(int fd, const void *message, size_t size, const struct fds *fds);

/*
 * Receives one. Bytes; 0: the other side is gone. Negative errno. `ret_fds` may be NULL, when none can
 * come.
 */
int message_receive(int fd, void *ret, size_t size, struct fds *ret_fds);
