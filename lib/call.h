// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "lib/connection.h"

/*
 * As xdpd_call(), but a reply that is an error is a success, too: `*ret` is the reply, to be released. Errors:
 * those of connection_add(), and -ENOTCONN if a handler has disconnected the connection.
 */
int call_and_wait(struct xdpd_connection *connection, const struct xdpd_request *request,
		  uint64_t usec, struct xdpd_reply **ret, struct xdpd_error *error);
