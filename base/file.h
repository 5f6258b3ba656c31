#pragma once

#include "base/error.h"

#include <stddef.h>

/* Bytes that somebody else made. */
struct blob {
	void *bytes;
	size_t size;
};

/*
 * Reads a regular file from its beginning whatever the file position is, at most `limit` bytes;
 * `what` names it in errors. The fd stays the caller's and `*ret` becomes his; free with
 * blob_done(). Errors: BadObject when it is not a regular file, larger than the limit, or shrinks
 * meanwhile.
 */
int blob_read(int fd, const char *what, size_t limit, struct blob *ret, struct error *error);
void blob_done(struct blob *blob);

/* SHA-256 as hexadecimal digits, by nettle. */
#define SHA256_TEXT_SIZE 65
void blob_sha256(const struct blob *blob, char ret[static SHA256_TEXT_SIZE]);
