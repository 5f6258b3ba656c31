#pragma once

#include "daemon/service/settings.h"
#include "ipc/interface.h"

#include <stdbool.h>

/* Who is at the other end of a connection, by the kernel's word, as of when it was made. */
struct credentials {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	char command[32]; /* what the process calls itself; "" if it has ended */
	bool may[RIGHT_COUNT];
};

int credentials_read(int socket, const struct settings *settings, struct credentials *ret,
		     struct error *error);

/*
 * Its rights by settings that are new. The kernel remembers the groups that the process was in when
 * it connected; what it is in by now does not matter. A failure leaves it no right.
 */
int credentials_update_rights(struct credentials *client, int socket,
			      const struct settings *settings, struct error *error);

/* Sets NoPermission. The sentence says which users have the right that the method needs. */
int credentials_refuse(const struct method *method, enum right right,
		       const struct settings *settings, struct error *error);
