// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "ipc/codec.h"

#include <stdint.h>

/*
 * The protocol between the daemon and a receiver, on a SOCK_SEQPACKET socket. The daemon sends an order, and
 * the receiver sends one answer to it. If the client sent files with its bytes, the daemon grants them with
 * one byte, and the receiver sends them. At the end the receiver sends one byte of any value: it is free for
 * the next order.
 */

/* The maximum number of bytes that one order reads. */
#define RECEIVER_BYTES_MAX 32768

/* What the receiver does with the connection that is sent with the order. */
enum receiver_task {
	RECEIVE_ALL, /* reads once, and keeps the descriptors */
	RECEIVE_BYTES, /* reads once, and drops the descriptors; the receiver then ends to close them */
	/* Reads nothing; the connection, with all data in it, is closed when the receiver ends. */
	RECEIVE_NOTHING,
};

struct receiver_order {
	enum receiver_task task;
};

struct receiver_answer {
	int32_t result; /* number of bytes; 0: the client has closed the connection; negative errno */
	uint32_t n_files;    /* files that wait for the grant */
	uint64_t files_size; /* their bytes */
	char bytes[RECEIVER_BYTES_MAX];
};

/*
 * The byte that the daemon sends after an answer with files. It may send RECEIVER_END at any time.
 */
enum { RECEIVER_END, RECEIVER_GRANT };

/* The message has as many descriptors, in the same order. */
struct receiver_files {
	int32_t result; /* negative errno: the receiver could not copy the files */
};

/* Sends one whole message, with up to FDS_MAX descriptors. Returns 0 or a negative errno. */
int message_send(int fd, const void *message, size_t size, const struct fds *fds);

/*
 * Receives one message. Returns the number of bytes; 0: the other side has closed the socket; negative
 * errno. `ret_fds` may be NULL if the message cannot have descriptors.
 */
int message_receive(int fd, void *ret, size_t size, struct fds *ret_fds);
