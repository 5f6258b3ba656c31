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

/* Prints that the daemon has closed the connection. */
void client_report_closed(const char *socket_path);

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

/* A call of a method that replies repeatedly, for a caller that also waits for other things. */
struct conversation {
	/* Gets the parameters of each reply; the descriptors that it does not take are closed. */
	void (*heard)(void *userdata, const json_t *parameters, struct fds *fds);
	void *userdata;
	json_t **ret;			    /* a refusal, as of client_call() */
	const struct method *method;	    /* set by client_begin(), like the rest */
	struct xdpd_connection *connection; /* wait with poll() as xdpd_get_fd() describes */
	bool continues;			    /* another reply follows */
	enum exit_status status;
};

/*
 * Calls the method. The caller has set the first three members, and calls client_end(), also after a failure.
 */
enum exit_status client_begin(const char *socket_path, const struct method *method,
			      const void *request, struct conversation *conversation);

/*
 * Handles what has arrived; if `waits`, it first waits until something is done. EXIT_DONE, as long as all is
 * well; otherwise as client_call().
 */
enum exit_status client_process(struct conversation *conversation, bool waits);
void client_end(struct conversation *conversation);

/* The reply of a daemon that has that error; a new reference. NULL: out of memory. */
json_t *refusal_new(const struct error *error);

/* Prints the sentence of a refusal on stderr, and the further lines below it. */
void client_show_refusal(const json_t *reply);
