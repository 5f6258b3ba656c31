// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "ipc/codec.h"

#include <sys/socket.h>

/* Room for the control message with all the descriptors of one message. */
#define FDS_CONTROL_SIZE CMSG_SPACE(sizeof(int) * FDS_MAX)

/* Makes the descriptors go with the message, by SCM_RIGHTS (unix(7)). It points into `control` then. */
void fds_attach(struct msghdr *message, char control[static FDS_CONTROL_SIZE],
		const struct fds *fds);

/*
 * Varlink's framing over a Unix stream socket, in both directions: messages that end with a NUL byte, and
 * file descriptors. The socket may be blocking or not; if it is not, nothing here waits.
 */
struct stream {
	int fd; /* owned */
	size_t message_max;

	char *in;
	size_t in_size;
	size_t in_begin;   /* the bytes before it have been taken out */
	size_t n_in;	   /* bytes from `in_begin` on */
	size_t n_searched; /* so many of these bytes are known to have no NUL byte */
	struct fds in_fds;
	size_t in_fds_ends[FDS_MAX]; /* each came with the byte before it, from `in_begin` */

	char *out;
	size_t out_begin;   /* the bytes before it have been sent */
	size_t n_out;	    /* bytes from `out_begin` on */
	struct fds out_fds; /* not owned; they are sent with the first byte */
};

/* Takes the socket. Messages of more than `message_max` bytes are not accepted. */
void stream_init(struct stream *stream, int fd, size_t message_max);
void stream_done(struct stream *stream);

/*
 * Reads once what has arrived. 1: something was read. 0: the other side closed the connection. Negative
 * errno: -EAGAIN; -EMSGSIZE: a message is too long; -E2BIG: more than FDS_MAX descriptors; -EMFILE: no room
 * for the descriptors. Call it only if the stream holds no complete message.
 */
int stream_read(struct stream *stream);

/*
 * The same for a side that must not receive descriptors, because closing one may take long. -EBADMSG:
 * descriptors come with the next bytes, and nothing was read. Urgent data must be inline (SO_OOBINLINE):
 * otherwise a read skips bytes that a peek shows.
 */
int stream_read_bytes(struct stream *stream);

/*
 * Adds bytes that another process has read from the socket, as stream_read() would. On success it takes over
 * the descriptors.
 */
int stream_append(struct stream *stream, const void *bytes, size_t size, struct fds *fds);

/* Does the stream hold a complete message? */
bool stream_has_message(struct stream *stream);

/* The next complete message, which stays in the stream and belongs to it. NULL if there is none. */
const char *stream_peek(struct stream *stream);

/*
 * Takes the next complete message out, if there is one. The caller frees the string that it returns, and
 * closes the descriptors that came with it. NULL: no message, or no memory.
 */
char *stream_next(struct stream *stream, struct fds *ret_fds);

/*
 * Adds a message for stream_flush() to send. The descriptors in `fds` (which may be NULL) must stay open
 * until it is sent; a message with descriptors can only be added when no other message waits. -ENOMEM.
 */
int stream_write(struct stream *stream, const char *message, const struct fds *fds);

/*
 * Sends what the socket accepts. 0: everything is sent. -EAGAIN: `n_out` bytes remain. Any other error ends
 * the stream.
 */
int stream_flush(struct stream *stream);
