#pragma once

#include "daemon/control/control.h"
#include "daemon/kernel/probe.h"

/* The socket, the clients on it, and the answers to them. */
struct service;
struct peer;

/*
 * Serves on the socket `path`, which it makes, or on `inherited_fd`, which it takes, if that is
 * not negative. What the rest points to must outlive the service. Errors name the path.
 */
int service_new(sd_event *loop, struct control *control, const struct features *features,
		const char *linker_why, const char *path, int inherited_fd, struct service **ret,
		struct error *error);

/* Hangs up on all clients; removes the socket unless it was inherited. NULL is fine. */
void service_drop(struct service **service);

/* For a peer whose connection has ended: drops it. */
void service_forget(struct service *service, struct peer *peer);

/* What the methods work with. */
struct control *service_control(const struct service *service);
const struct features *service_features(const struct service *service);
const char *service_linker_why(const struct service *service);
