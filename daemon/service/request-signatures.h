#pragma once

#include "base/error.h"
#include "base/file.h"

#include <stddef.h>

/*
 * The signatures that a request has for its objects: one file with the text of each in the order of the objects,
 * ended by a NUL byte; an empty text is for an object without a signature. So many signed objects need no more
 * descriptors than others.
 */
struct request_signatures {
	struct blob file;
	size_t n_taken;
	size_t at; /* of the next one */
};

/* From the descriptor of such a file; -1: there are none. Errors as with received_read(). */
int request_signatures_read(int fd, struct request_signatures *ret, struct error *error);

/* Copies the next one, which may be empty. InvalidArgument if there is none, but there were others. */
int request_signatures_take(struct request_signatures *signatures, struct blob *ret,
			    struct error *error);

/* InvalidArgument if some are left. */
int request_signatures_end(const struct request_signatures *signatures, struct error *error);

/* Frees the contents. */
void request_signatures_done(struct request_signatures *signatures);
