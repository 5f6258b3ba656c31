#pragma once

#include "ipc/codec.h"

/*
 * Varlink's framing over a Unix stream socket, both ways: messages that end with a NUL byte, with
 * file descriptors. The socket may be blocking or not; nothing here waits for it if it is not.
 */
struct stream {
	int fd; /* owned */
	size_t message_max;
	char *in;
	size_t n_in;
	size_t in_size;
	size_t n_searched; /* this much of `in` has no NUL byte */
	struct fds in_fds; /* came with the byte before `in_fds_end` */
	size_t in_fds_end;
	char *out;
	size_t n_out;
	struct fds out_fds; /* not owned; go with the first byte of `out` */
};

/* Takes the socket. No message that comes in may have more than `message_max` bytes. */
void stream_init(struct stream *stream, int fd, size_t message_max);
void stream_done(struct stream *stream);

/*
 * Reads what is there, once. 1: something came. 0: the other side ended it. Negative errno:
 * -EAGAIN; -EMSGSIZE: too much without a NUL byte; -E2BIG: more than FDS_MAX descriptors.
 */
int stream_read(struct stream *stream);

/*
 * Takes the next whole message out, if there is one: returns it as a string to be freed, with the
 * descriptors that came with it, to be closed. NULL if there is none.
 */
char *stream_next(struct stream *stream, struct fds *ret_fds);

/*
 * Adds a message to what stream_flush() sends. The descriptors in `fds` (which may be NULL) must
 * stay open until it is sent, and nothing else may be waiting then. -ENOMEM.
 */
int stream_write(struct stream *stream, const char *message, const struct fds *fds);

/* Sends what can be sent. 0: all is gone. -EAGAIN: `n_out` bytes wait. Other errors end it. */
int stream_flush(struct stream *stream);
