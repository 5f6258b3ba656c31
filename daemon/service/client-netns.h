#pragma once

#include "daemon/state/registry.h"
#include "ipc/interface.h"

/* How a request names the daemon's own namespace, wherever the client runs. */
#define NETNS_DEFAULT "default"

/*
 * Does the client of that connection run in another network namespace than the daemon? That is where it
 * created its socket. False also where the kernel does not tell.
 */
bool client_is_elsewhere(int socket);

/*
 * Devices that the decoded request names without a namespace are in the client's: sets the path of that
 * one in the request where it is not the daemon's own. NoSuchNamespace if it has no name that xdpd could
 * record, and for a client whose namespace cannot be determined.
 */
int client_netns_set(int socket, const struct registry *registry, const struct method *method,
		     void *request, struct error *error);
