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

/*
 * Lets what is attached on the connection outlive a restart of the daemon, if the daemon is not an older one that
 * does not know how. Otherwise as client_connect().
 */
enum exit_status client_enable_reconnect(struct xdpd_connection *connection);

#define CLIENT_RECONNECT_MSEC 100 /* pause between attempts */

enum client_link {
	CLIENT_CONNECTED,
	CLIENT_WAITS, /* there is no daemon at present */
	CLIENT_LOST,  /* what was attached on the connection is detached */
};

/* After the daemon has closed the connection: tries once to reconnect. CLIENT_LOST: the reason was printed. */
enum client_link client_reconnect(struct xdpd_connection *connection, const char *socket_path);

/* Keeps the connection, across restarts of the daemon, until what was attached on it is lost. */
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
