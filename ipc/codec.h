#pragma once

#include "base/error.h"
#include "base/json.h"
#include "base/verdict.h"
#include "ipc/interface.h"

#include <jansson.h>

/* File descriptors that travel with a message. Those that nobody took are closed with it. */
#define FDS_MAX 64

struct fds {
	size_t n_fds;
	int fds[FDS_MAX];
};

/* Closes those that are left. */
void fds_done(struct fds *fds);

/* Makes zeroed memory of the method's request size an empty request. */
void request_init(const struct method *method, void *request);

/*
 * JSON to the method's request, which is empty before. Refuses what the table does not allow:
 * unknown fields, missing ones, wrong types, numbers out of range; and file descriptors that no
 * field names. Takes those that are used out of `fds`. Free with request_done(), also after a
 * failure.
 */
int request_decode(const struct method *method, const json_t *parameters, struct fds *fds,
		   void *request, struct error *error);

/*
 * The other way; file descriptors are put into `fds` but stay the caller's. `*ret` is a new
 * reference. Errors: out of memory; text that is no UTF-8.
 */
int request_encode(const struct method *method, const void *request, json_t **ret, struct fds *fds,
		   struct error *error);

/*
 * The same for a file of that type: nothing has come along with it, and null is no value. `what` is
 * the file's name, for errors, which name the path in it. Free with document_done().
 */
int document_decode(const struct type *type, const json_t *document, const char *what, void *ret,
		    struct error *error);
void document_done(const struct type *type, void *document);

/* Frees the contents and closes the file descriptors. */
void request_done(const struct method *method, void *request);
