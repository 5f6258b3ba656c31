// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"
#include "lib/xdpd.h"

/*
 * Calls the method with the request and waits for the reply. EXIT_DONE: `*ret` is the reply's parameters, a
 * new reference. EXIT_REFUSED: `*ret` is the whole reply, with "error". Otherwise `*ret` is NULL, and the
 * reason was printed on stderr. The caller owns the descriptors of the reply, in `ret_fds`; NULL: the reply
 * can have none.
 */
enum exit_status client_call(const char *socket_path, const struct method *method,
			     const void *request, json_t **ret, struct fds *ret_fds);

/* Connects; the caller disconnects. EXIT_NO_DAEMON: the reason was printed. */
enum exit_status client_connect(const char *socket_path, struct xdpd_connection **ret);

/* The same as client_call() on that connection, which stays open. */
enum exit_status client_call_on(struct xdpd_connection *connection, const struct method *method,
				const void *request, json_t **ret, struct fds *ret_fds);

/* Waits until the daemon closes the connection, and prints that it did. */
enum exit_status client_wait(struct xdpd_connection *connection, const char *socket_path);

/*
 * Calls a method that replies repeatedly, until `heard` returns false, or until that time of interval_now()
 * (UINT64_MAX: without end): EXIT_DONE. `heard` gets the parameters of each reply. Otherwise as client_call();
 * if the daemon closes the connection, EXIT_NO_DAEMON.
 */
enum exit_status client_listen(const char *socket_path, const struct method *method,
			       const void *request,
			       bool (*heard)(void *userdata, const json_t *parameters),
			       void *userdata, uint64_t until, json_t **ret);

/* The reply of a daemon that has that error; a new reference. NULL: out of memory. */
json_t *refusal_new(const struct error *error);

/* Prints the sentence of a refusal on stderr, and the further lines below it. */
void client_show_refusal(const json_t *reply);
