#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the parser and the processes that use it send each other: a kind, and bytes whose meaning the kind
 * decides. Zeroed it is empty. What comes from the parser is not trusted: each parcel_get_...() stays inside
 * the message, and `is_bad` tells at the end whether everything was there.
 */
struct parcel {
	uint32_t kind;
	size_t size;
	unsigned char *bytes;
	size_t room; /* bytes that are allocated */
	size_t at;   /* where parcel_get_...() continues */
	bool is_bad; /* too short, or no memory while it was made */
};

void parcel_put(struct parcel *message, const void *bytes, size_t size);
void parcel_put_u32(struct parcel *message, uint32_t number);

/* With its size in front. */
void parcel_put_blob(struct parcel *message, const void *bytes, size_t size);

/* NULL stays NULL. */
void parcel_put_text(struct parcel *message, const char *text);

/* Zeroes if there is no more. */
void parcel_get(struct parcel *message, void *ret, size_t size);
uint32_t parcel_get_u32(struct parcel *message);

/* In the message; NULL and 0 if it is not there. */
const void *parcel_get_blob(struct parcel *message, size_t *ret_size);

/* In the message: up to its first null byte, which is the last byte; NULL: there is none. */
const char *parcel_get_text(struct parcel *message);

/* Was everything there, and is nothing left? */
bool parcel_is_read(const struct parcel *message);

/* To a stream socket, whole. -errno; -ENOMEM for a message that is bad. */
int parcel_send(int fd, const struct parcel *message);

/*
 * Waits for a message of at most `size_max` bytes and reads it into `ret`, whose contents are freed. `*patience`
 * is how many milliseconds the other side may take, and loses what it took. -EPIPE: the other side has
 * ended; -ETIMEDOUT; -EMSGSIZE; -errno.
 */
int parcel_receive(int fd, size_t size_max, int64_t *patience, struct parcel *ret);

/* One descriptor, which stays the sender's, and a number. -errno; parcel_receive_fd() returns the descriptor. */
int parcel_send_fd(int fd, int sent, uint64_t number);
int parcel_receive_fd(int fd, uint64_t *ret_number);

/* Frees the contents. */
void parcel_done(struct parcel *message);
