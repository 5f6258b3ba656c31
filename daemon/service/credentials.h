// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/service/settings.h"
#include "ipc/interface.h"

#include <stdbool.h>

/*
 * The process at the other end of a connection, as the kernel reported it when the connection was made.
 */
struct credentials {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	char command[32]; /* the name that the process has set; "" if it has ended */
	bool may[RIGHT_COUNT];
	/*
	 * Bit N: it is a member of the group of grant N of the settings. 0 for a client that may change everything.
	 */
	uint64_t grants;
};

/* Reads the credentials and the rights of the process at the other end of the socket. */
int credentials_read(int socket, const struct settings *settings, struct credentials *ret,
		     struct error *error);

/*
 * Sets the rights again after the settings have changed. The groups are those that the process was in when
 * it connected, which the kernel remembers, not its present ones. After a failure the client has no rights.
 */
int credentials_update_rights(struct credentials *client, int socket,
			      const struct settings *settings, struct error *error);

/* May the client call the method, at least about components of some owners? */
bool credentials_allow(const struct credentials *client, const struct method *method);

/* Sets NoPermission. The sentence says which users have the right that the method needs. */
int credentials_refuse(const struct credentials *client, const struct method *method,
		       enum right right, const struct settings *settings, struct error *error);
