#pragma once

#include "cli/verb.h"

/*
 * Calls the method with the request and waits for the answer. EXIT_DONE: `*ret` is the reply's
 * parameters, a new reference. EXIT_REFUSED: `*ret` is the whole reply, with "error". Else NULL,
 * and it was said on stderr why. Descriptors that come with the reply are the caller's, in `ret_fds`;
 * NULL: there can be none.
 */
enum exit_status client_call(const char *socket_path, const struct method *method,
			     const void *request, json_t **ret, struct fds *ret_fds);

/*
 * Calls a method that replies again and again, until `heard` returns false: EXIT_DONE. Its `parameters` are the
 * reply's. Else as client_call(); a daemon that hangs up is EXIT_NO_DAEMON.
 */
enum exit_status client_listen(const char *socket_path, const struct method *method,
			       const void *request,
			       bool (*heard)(void *userdata, const json_t *parameters),
			       void *userdata, json_t **ret);

/* What the daemon would have answered on that error; a new reference. NULL: no memory. */
json_t *refusal_new(const struct error *error);

/* The sentence of a refusal on stderr, and further lines under it. */
void client_show_refusal(const json_t *reply);
