#pragma once

#include "daemon/control/control.h"

/*
 * The descriptors that the service manager holds for us: the socket it listens on, and the XDP links
 * of our devices (FDSTORE=1 in sd_notify(3)), a second net where somebody removed the pins.
 */
struct inherited {
	int socket; /* -1: none */
	size_t n_links;
	struct inherited_link {
		uint64_t number; /* of the device, here */
		int fd;		 /* -1: taken */
	} * links;
};

/* Errors: more than one socket. */
int inherited_init(struct inherited *inherited, struct error *error);
void inherited_done(struct inherited *inherited);

/* Has the manager let go what nobody took: links of devices that are not ours any more. */
void inherited_forget(struct inherited *inherited);

/* Takes links out of it and has the manager keep others; `inherited` must outlive it. */
struct link_keeper inherited_keeper(struct inherited *inherited);
