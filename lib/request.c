// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "lib/request.h"

#include "base/cleanup.h"
#include "lib/error.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void xdpd_request_free(struct xdpd_request *request)
{
	if (!request)
		return;
	free(request->method);
	json_decref(request->parameters);
	fds_done(&request->fds);
	free(request);
}

int request_duplicate_fds(const int *fds, size_t n_fds, struct fds *ret, struct error *error)
{
	for (size_t i = 0; i < n_fds; i++) {
		int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return error_set(error, ERROR_INTERNAL, -errno,
					 "cannot duplicate file descriptor %d: %s", fds[i],
					 errno_name(errno));
		ret->fds[ret->n_fds++] = fd;
	}
	return 0;
}

/* A request without parameters. A method without a dot is one of xdpd's. */
static int make(const char *method, struct xdpd_request **ret, struct error *error)
{
	cleanup(request_freep) struct xdpd_request *request = calloc(1, sizeof(*request));

	if (!request)
		return error_memory(error);
	if (asprintf(&request->method, "%s%s", strchr(method, '.') ? "" : INTERFACE_NAME ".",
		     method) < 0) {
		request->method = NULL;
		return error_memory(error);
	}
	*ret = steal(request);
	return 0;
}

int request_from_table(const struct method *method, const void *from, bool more,
		       struct xdpd_request **ret, struct error *error)
{
	cleanup(request_freep) struct xdpd_request *request = NULL;
	struct fds fds = {}; /* the caller's */
	int result = make(method->name, &request, error);

	if (result == 0)
		result = request_encode(method, from, &request->parameters, &fds, error);
	if (result == 0)
		result = request_duplicate_fds(fds.fds, fds.n_fds, &request->fds, error);
	if (result < 0)
		return result;
	request->more = more;
	*ret = steal(request);
	return 0;
}

static int parse(const char *method, const char *text, json_t **ret, struct error *error)
{
	json_error_t problem;

	*ret = text ? json_loads(text, JSON_REJECT_DUPLICATES, &problem) : json_object();
	if (json_is_object(*ret))
		return 0;
	if (!text)
		return error_memory(error);
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "the parameters of %s are not a JSON object%s%s", method, *ret ? "" : ": ",
			 *ret ? "" : problem.text);
}

int xdpd_request_new(const char *method, const char *parameters, const int *fds, size_t n_fds,
		     struct xdpd_request **ret, struct xdpd_error *ret_error)
{
	cleanup(request_freep) struct xdpd_request *request = NULL;
	cleanup(error_done) struct error error = {};
	int result = make(method, &request, &error);

	if (result == 0 && n_fds > FDS_MAX)
		result = error_set(&error, ERROR_INVALID_ARGUMENT, -E2BIG,
				   "%s has %zu file descriptors; the maximum is %d", method, n_fds,
				   FDS_MAX);
	if (result == 0)
		result = parse(method, parameters, &request->parameters, &error);
	if (result == 0)
		result = request_duplicate_fds(fds, n_fds, &request->fds, &error);
	if (result < 0)
		return public_error_take(ret_error, &error);
	*ret = steal(request);
	return 0;
}

char *request_text(const struct xdpd_request *request)
{
	cleanup(json_decrefp) json_t *call = json_pack("{s:s, s:O}", "method", request->method,
						       "parameters", request->parameters);

	if (call && request->more)
		json_object_set_new(call, "more", json_true());
	return call ? json_dumps(call, JSON_COMPACT) : NULL;
}
