// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/registry.h"
#include "ipc/interface.h"

/* How a request names the daemon's own namespace, wherever the client runs. */
#define NETNS_DEFAULT "default"

/*
 * The path of the network namespace that a request names: a NAME is one in /run/netns, as with ip-netns(8).
 * To be freed. NULL for NULL and for NETNS_DEFAULT. Errors: InvalidArgument for a relative path.
 */
int netns_path(const char *name, char **ret, struct error *error);

/*
 * Does the client run in another network namespace than the daemon? That is the namespace in which it
 * created its socket. False also if the kernel does not report it.
 */
bool client_is_elsewhere(int socket);

/*
 * Devices that the decoded request names without a namespace are in the client's namespace. If that is not
 * the daemon's own, sets its path in the request, and `*ret` to a copy of it, to be freed; else `*ret` becomes NULL.
 * Errors: NoSuchNamespace if the namespace has no name that xdpd could record, or cannot be determined.
 */
int client_netns_set(int socket, const struct registry *registry, const struct method *method,
		     void *request, char **ret, struct error *error);
