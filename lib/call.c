// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/call.h"

#include "base/cleanup.h"
#include "lib/error.h"

int xdpd_call_async(struct xdpd_connection *connection, const struct xdpd_request *request,
		    uint64_t usec, xdpd_handler handler, void *userdata, struct xdpd_error *error)
{
	return connection_add(connection, request, usec, handler, userdata, error);
}

static void arrived(struct xdpd_reply *reply, void *userdata)
{
	struct xdpd_reply **ret = userdata;

	*ret = xdpd_reply_ref(reply);
}

/* Until the reply has arrived, or a handler has disconnected the connection. */
static bool wait_for(struct xdpd_connection *connection, struct xdpd_reply *const *reply)
{
	connection_hold(connection);
	while (!*reply && !connection->disconnected)
		if (xdpd_process(connection) == 0)
			xdpd_wait(connection, XDPD_FOREVER);
	return connection_release(connection);
}

int call_and_wait(struct xdpd_connection *connection, const struct xdpd_request *request,
		  uint64_t usec, struct xdpd_reply **ret, struct xdpd_error *error)
{
	struct xdpd_reply *reply = NULL;
	int result = connection_add(connection, request, usec, arrived, &reply, error);

	if (result < 0)
		return result;
	if (!wait_for(connection, &reply) && !reply)
		return public_error_set(error, XDPD_ERROR_DISCONNECTED, ENOTCONN,
					"the program disconnected from xdpd before the reply");
	*ret = reply;
	return 0;
}

int xdpd_call(struct xdpd_connection *connection, const struct xdpd_request *request, uint64_t usec,
	      struct xdpd_reply **ret, struct xdpd_error *error)
{
	struct xdpd_reply *reply;
	int result = call_and_wait(connection, request, usec, &reply, error);

	if (result < 0)
		return result;
	if (reply->error.name)
		result = public_error_copy(error, &reply->error);
	if (result == 0 && ret)
		*ret = steal(reply);
	xdpd_reply_unref(reply);
	return result;
}
