// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "base/verdict.h"
#include "ipc/interface.h"

#include <jansson.h>

/* File descriptors that travel with a message. Those that are still here at the end are closed. */
#define FDS_MAX 64

struct fds {
	size_t n_fds;
	int fds[FDS_MAX];
};

/* Closes the remaining descriptors. */
void fds_done(struct fds *fds);

/* Turns zeroed memory of the method's request size into an empty request. */
void request_init(const struct method *method, void *request);

/*
 * Decodes JSON into the method's request, which must be empty. Refuses what the table does not allow: unknown
 * or missing fields, wrong types, numbers out of range, and file descriptors that no field refers to. Takes
 * the descriptors that fields refer to out of `fds`. Free with request_done(), also after a failure.
 */
int request_decode(const struct method *method, const json_t *parameters, struct fds *fds,
		   void *request, struct error *error);

/*
 * Encodes a request; its file descriptors are added to `fds`, but the caller still owns them. `*ret` is a new
 * reference. Errors: OutOfMemory; text that is not UTF-8.
 */
int request_encode(const struct method *method, const void *request, json_t **ret, struct fds *fds,
		   struct error *error);

/*
 * Decodes a file of that type: it has no descriptors, and null is not accepted as a value. `what` is the
 * file's name; errors begin with it and with the path in the file. Free with document_done().
 */
int document_decode(const struct type *type, const json_t *document, const char *what, void *ret,
		    struct error *error);
void document_done(const struct type *type, void *document);

/* Frees the contents and closes the file descriptors. */
void request_done(const struct method *method, void *request);
