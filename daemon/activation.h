// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/*
 * The descriptors that the service manager stores for the daemon (sd_listen_fds(3)): the listening socket,
 * and the bpffs of the backup pins (daemon/control/pins/backup-pins.h).
 */
struct activation {
	int socket; /* -1: none */
	int bpffs;  /* -1: none */
};

/*
 * Takes the descriptors from the service manager. The manager keeps storing the bpffs for the next start,
 * and the socket; descriptors that another version of xdpd stored are removed. Errors: more than one socket.
 */
int activation_init(struct activation *activation, struct error *error);
void activation_done(struct activation *activation);

/*
 * Creates a bpffs, and lets the service manager store it for a daemon that starts later, unless it stores
 * one already. For a process outside the sandbox of the daemon, which must not create one.
 */
int activation_provide(struct error *error);
