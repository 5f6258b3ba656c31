// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Reconnects to the next daemon, and claims from it the components that were attached with while_connected. The
 * lease of the connection has a key, which only this process knows.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/clock.h"
#include "lib/call.h"
#include "lib/error.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define PAUSE_USEC 100000 /* between attempts to connect */

static void unrefp(struct xdpd_reply **reply)
{
	xdpd_reply_unref(*reply);
}

static int make_key(char key[static LEASE_KEY_SIZE], struct xdpd_error *error)
{
	unsigned char bytes[(LEASE_KEY_SIZE - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return public_error_set(error, XDPD_ERROR_INTERNAL, EIO,
					"cannot make a random key for the connection");
	for (size_t i = 0; i < sizeof(bytes); i++)
		sprintf(key + 2 * i, "%02x", bytes[i]);
	return 0;
}

static int call_lease(struct xdpd_connection *connection, const char *key, bool claim,
		      struct xdpd_reply **ret, struct xdpd_error *error)
{
	const struct lease_request lease = { .key = (char *)key, .claim = claim };
	cleanup(request_freep) struct xdpd_request *request = NULL;
	cleanup(error_done) struct error problem = {};

	if (request_from_table(&methods[METHOD_LEASE], &lease, false, &request, &problem) < 0)
		return public_error_take(error, &problem);
	return xdpd_call(connection, request, XDPD_FOREVER, ret, error);
}

/* The key counts from when the daemon knows it. */
static int begin(struct xdpd_connection *connection, struct xdpd_reply **ret,
		 struct xdpd_error *error)
{
	char key[LEASE_KEY_SIZE];
	int result = make_key(key, error);

	if (result == 0)
		result = call_lease(connection, key, false, ret, error);
	if (result == 0)
		strcpy(connection->lease_key, key);
	return result;
}

int xdpd_enable_reconnect(struct xdpd_connection *connection, struct xdpd_error *error)
{
	int result;

	if (connection->is_inherited)
		return public_error_set(error, XDPD_ERROR_INVALID_ARGUMENT, EINVAL,
					"a connection of xdpd_connect_fd() cannot reconnect");
	if (connection->reconnects)
		return 0;
	result = begin(connection, NULL, error);
	connection->reconnects = result == 0;
	return result;
}

/* -EINTR, if a signal arrived. */
static int pause_until(uint64_t end)
{
	uint64_t now = clock_usec(CLOCK_MONOTONIC);
	uint64_t left = end > now ? end - now : 0;
	const struct timespec time = { .tv_nsec = (long)(left < PAUSE_USEC ? left : PAUSE_USEC) *
						  1000 };

	return nanosleep(&time, NULL) < 0 ? -errno : 0;
}

/* Claims what the connection had, or begins again. */
static int claim(struct xdpd_connection *connection, struct xdpd_reply **ret,
		 struct xdpd_error *error)
{
	cleanup(unrefp) struct xdpd_reply *reply = NULL;
	bool claimed = false;
	int result = call_lease(connection, connection->lease_key, true, &reply, error);

	if (result < 0)
		return result;
	xdpd_reply_get_boolean(reply, "claimed", &claimed);
	if (!claimed) {
		xdpd_reply_unref(steal(reply));
		*connection->lease_key = '\0';
		result = begin(connection, &reply, error);
	}
	if (result == 0)
		*ret = steal(reply);
	return result;
}

/* A connection that has not ended is asked all the same: it may be about to end. */
static int try(struct xdpd_connection *connection, struct xdpd_reply **ret,
	       struct xdpd_error *error)
{
	int result = connection->failure ? connection_renew(connection, error) : 0;

	if (result < 0)
		return result;
	return *connection->lease_key ? claim(connection, ret, error)
				      : begin(connection, ret, error);
}

static bool is_passing(const struct xdpd_connection *connection)
{
	return connection->failure && strcmp(connection->failure_name, XDPD_ERROR_PROTOCOL) != 0;
}

static int try_until(struct xdpd_connection *connection, uint64_t end, struct xdpd_reply **ret,
		     struct xdpd_error *error)
{
	int result;

	for (;;) {
		result = try(connection, ret, error);
		if (result == 0 || connection->disconnected || !is_passing(connection))
			return result;
		if (clock_usec(CLOCK_MONOTONIC) >= end || pause_until(end) < 0)
			return result;
	}
}

int xdpd_reconnect(struct xdpd_connection *connection, uint64_t usec, struct xdpd_reply **ret,
		   struct xdpd_error *error)
{
	cleanup(unrefp) struct xdpd_reply *reply = NULL;
	uint64_t end = deadline_after(usec);
	int result;

	if (!connection->reconnects)
		return public_error_set(error, XDPD_ERROR_INVALID_ARGUMENT, EINVAL,
					"call xdpd_enable_reconnect() before the connection ends");
	connection_hold(connection);
	result = try_until(connection, end, &reply, error);
	if (result == 0)
		xdpd_error_free(error);
	if (result == 0 && ret)
		*ret = steal(reply);
	return connection_release(connection) ? result : -ENOTCONN;
}
