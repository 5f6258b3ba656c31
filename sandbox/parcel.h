// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A message between the parser and the processes that use it: a kind, and bytes whose meaning depends on the
 * kind. Zeroed, it is empty. Messages of the parser are not trusted: each parcel_get_...() stays inside the
 * message, and `is_bad` shows at the end whether anything was missing.
 */
struct parcel {
	uint32_t kind;
	size_t size;
	unsigned char *bytes;
	size_t room; /* bytes that are allocated */
	size_t at;   /* where the next parcel_get_...() continues */
	bool is_bad; /* too short, or no memory while it was filled */
};

void parcel_put(struct parcel *message, const void *bytes, size_t size);
void parcel_put_u32(struct parcel *message, uint32_t number);

/* Adds the size, followed by the bytes. */
void parcel_put_blob(struct parcel *message, const void *bytes, size_t size);

/* Adds a text; a NULL is read as a NULL. */
void parcel_put_text(struct parcel *message, const char *text);

/* Reads zeroes if the message has no more. */
void parcel_get(struct parcel *message, void *ret, size_t size);
uint32_t parcel_get_u32(struct parcel *message);

/* Points into the message; NULL and 0 if the blob is missing. */
const void *parcel_get_blob(struct parcel *message, size_t *ret_size);

/*
 * Points into the message: a text up to its first NUL byte, which must be its last byte; NULL: there is none.
 */
const char *parcel_get_text(struct parcel *message);

/* Was everything there, and is nothing left? */
bool parcel_is_read(const struct parcel *message);

/* Sends the whole message to a stream socket. -errno; -ENOMEM for a message that is bad. */
int parcel_send(int fd, const struct parcel *message);

/*
 * Waits for a message of at most `size_max` bytes and reads it into `ret`, whose old contents are freed.
 * `*patience` is how many milliseconds the other side may take; the time that it took is subtracted. -EPIPE:
 * the other side has ended; -ETIMEDOUT; -EMSGSIZE; -EPROTO: more bytes follow, although the other side must
 * wait for an answer; -errno.
 */
int parcel_receive(int fd, size_t size_max, int64_t *patience, struct parcel *ret);

/*
 * A descriptor, which the sender keeps, or -1 for none, and a number. -errno; parcel_receive_fd() returns the
 * descriptor, or -EPROTO if there is none.
 */
int parcel_send_fd(int fd, int sent, uint64_t number);
int parcel_receive_fd(int fd, uint64_t *ret_number);

/* Frees the contents. */
void parcel_done(struct parcel *message);
