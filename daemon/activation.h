#pragma once

#include "base/error.h"

/*
 * The descriptors that the service manager holds for us (sd_listen_fds(3)): the socket it listens on,
 * and the bpffs of the backup pins (daemon/control/pins/backup-pins.h).
 */
struct activation {
	int socket; /* -1: none */
	int bpffs;  /* -1: none */
};

/*
 * Takes them. The manager holds the bpffs from now on for the next start, too, and nothing else beside
 * the socket: what it was given by an xdpd of another version it lets go. Errors: more than one socket.
 */
int activation_init(struct activation *activation, struct error *error);
void activation_done(struct activation *activation);

/*
 * Makes a bpffs and has the manager hold it for a daemon that starts later, if that has none yet. It
 * is for a process that may do so, as the daemon in its sandbox may not.
 */
int activation_provide(struct error *error);
