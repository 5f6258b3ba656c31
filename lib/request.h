// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "ipc/codec.h"
#include "lib/xdpd.h"

struct xdpd_request {
	char *method; /* with the name of its interface */
	json_t *parameters;
	struct fds fds; /* duplicates */
	bool more;	/* asks for several replies */
};

/*
 * A request of the struct that the method's table describes. The struct and its descriptors stay the caller's.
 * Errors: OutOfMemory; InvalidArgument for text that is not UTF-8; Internal for descriptors that cannot be
 * duplicated.
 */
int request_from_table(const struct method *method, const void *request, bool more,
		       struct xdpd_request **ret, struct error *error);

/* The message to send; the caller frees it. NULL: no memory. */
char *request_text(const struct xdpd_request *request);

/* Duplicates descriptors. Errors: Internal; those that were duplicated before stay in `ret`. */
int request_duplicate_fds(const int *fds, size_t n_fds, struct fds *ret, struct error *error);

/* For cleanup(). */
static inline void request_freep(struct xdpd_request **request)
{
	xdpd_request_free(*request);
}
