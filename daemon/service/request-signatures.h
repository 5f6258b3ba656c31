// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stddef.h>

/*
 * The signatures of a request's objects: one file with their texts in the order of the objects, each
 * followed by a NUL byte; an object without a signature has an empty text. With a single file, signed
 * objects need only one descriptor more.
 */
struct request_signatures {
	struct blob file;
	size_t n_taken;
	size_t at; /* where the next signature begins */
};

/*
 * Reads the signatures from the descriptor of such a file; -1: the request has none. Errors as with
 * received_read().
 */
int request_signatures_read(int fd, struct request_signatures *ret, struct error *error);

/*
 * Copies the next signature, which may be empty. Errors: InvalidArgument if there are fewer signatures than
 * objects, but not none.
 */
int request_signatures_take(struct request_signatures *signatures, struct blob *ret,
			    struct error *error);

/* Errors: InvalidArgument if signatures are left over. */
int request_signatures_end(const struct request_signatures *signatures, struct error *error);

/* Frees the contents. */
void request_signatures_done(struct request_signatures *signatures);
