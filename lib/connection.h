// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "ipc/stream.h"
#include "lib/reply.h"
#include "lib/request.h"

#define LEASE_KEY_SIZE 33

/* One request on its way. */
struct call {
	struct call *next;
	char *text;
	struct fds fds;	   /* to be sent with it */
	bool more;	   /* it gets several replies */
	uint64_t deadline; /* of CLOCK_MONOTONIC, in microseconds; XDPD_FOREVER: none */
	xdpd_handler handler;
	void *userdata;
	struct xdpd_reply
		*failure; /* made before it is needed, so that a failure needs no memory */
};

/*
 * The daemon answers the requests of a connection one after the other, and wants a request with descriptors by
 * itself. So only the first call is sent, and the others wait for its reply.
 */
struct xdpd_connection {
	struct stream stream;
	char *path; /* of the socket, for errors */
	struct call *first;
	struct call **last;	  /* where the next call is added */
	bool sent;		  /* the first call is in the stream, or beyond it */
	bool listens;		  /* it carries only events */
	int failure;		  /* negative errno, once the connection has ended */
	const char *failure_name; /* of the error then */
	unsigned int n_users;	  /* functions that use the connection, while a handler runs */
	bool disconnected;	  /* to be freed when they have ended */
	bool is_inherited;	  /* there is no path to connect to again */
	bool reconnects;	  /* xdpd_reconnect() may be called */
	/* Of the components that end with it; "": the daemon knows no key. */
	char lease_key[LEASE_KEY_SIZE];
};

/*
 * Adds a call. Takes nothing; the request may be freed. Errors: -EBUSY if the connection listens, out of memory,
 * descriptors that cannot be duplicated.
 */
int connection_add(struct xdpd_connection *connection, const struct xdpd_request *request,
		   uint64_t usec, xdpd_handler handler, void *userdata, struct xdpd_error *error);

/*
 * Connects again after the connection has ended. The handlers of its calls are called first. Errors: as
 * xdpd_connect(); -ENOTCONN if a handler has disconnected the connection.
 */
int connection_renew(struct xdpd_connection *connection, struct xdpd_error *error);

/* The time of CLOCK_MONOTONIC after that many microseconds, without overflow. */
uint64_t deadline_after(uint64_t usec);

/* Around a function that uses the connection after a handler may have disconnected it. */
void connection_hold(struct xdpd_connection *connection);

/* False: it was disconnected meanwhile, and may be freed now. */
bool connection_release(struct xdpd_connection *connection);
