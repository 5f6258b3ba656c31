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
	size_t in_size;
	size_t in_begin;   /* what came before is taken out already */
	size_t n_in;	   /* bytes from there on */
	size_t n_searched; /* that many of them have no NUL byte */
	struct fds in_fds;
	size_t in_fds_ends[FDS_MAX]; /* each came with the byte before this one, from `in_begin` */

	char *out;
	size_t out_begin;   /* what came before is sent already */
	size_t n_out;	    /* bytes from there on */
	struct fds out_fds; /* not owned; go with the first byte that is sent */
};

/* Takes the socket. No message that comes in may have more than `message_max` bytes. */
void stream_init(struct stream *stream, int fd, size_t message_max);
void stream_done(struct stream *stream);

/*
 * Reads what is there, once. 1: something came. 0: the other side ended it. Negative errno:
 * -EAGAIN; -EMSGSIZE: too much without a NUL byte; -E2BIG: more than FDS_MAX descriptors;
 * -EMFILE: no room for the descriptors. Call it only when there is no whole message to take out.
 */
int stream_read(struct stream *stream);

/*
 * The same for a side that must not take descriptors, because closing one may take long. -EBADMSG: some
 * come with what is to be read next, and nothing was read. Urgent data must be inline (SO_OOBINLINE):
 * otherwise a read skips what a peek shows.
 */
int stream_read_bytes(struct stream *stream);

/*
 * Adds what another process has read from the socket, as stream_read() would. Takes the descriptors over
 * on success.
 */
int stream_append(struct stream *stream, const void *bytes, size_t size, struct fds *fds);

/* Is there a whole message to take out? */
bool stream_has_message(struct stream *stream);

/* The next whole message, which stays where it is; the stream's. NULL if there is none. */
const char *stream_peek(struct stream *stream);

/*
 * Takes the next whole message out, if there is one: returns it as a string to be freed, with the
 * descriptors that came with it, to be closed. NULL if there is none, or no memory.
 */
char *stream_next(struct stream *stream, struct fds *ret_fds);

/*
 * Adds a message to what stream_flush() sends. The descriptors in `fds` (which may be NULL) must
 * stay open until it is sent, and nothing else may be waiting then. -ENOMEM.
 */
int stream_write(struct stream *stream, const char *message, const struct fds *fds);

/* Sends what can be sent. 0: all is gone. -EAGAIN: `n_out` bytes wait. Other errors end it. */
int stream_flush(struct stream *stream);
