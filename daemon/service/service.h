#pragma once

#include "daemon/service/context.h"

/* The socket, the clients on it, and the answers to them. */
struct service;

/*
 * Serves on the socket `path`, which it makes, or on `inherited_fd`, which it takes, if that is
 * not negative. What the context points to must outlive the service, which adds what it owns to a copy. Errors name the
 * path.
 */
int service_new(sd_event *loop, const struct context *context, const char *path, int inherited_fd,
		struct service **ret, struct error *error);

/*
 * Waits for what it does beside the loop, but no longer than that. False: that goes on, and service_drop() must
 * not be called. NULL is fine.
 */
bool service_stop(struct service *service, uint64_t usec);

/* Hangs up on all clients; removes the socket unless it was inherited. NULL is fine. */
void service_drop(struct service **service);

/* The settings have other values now, also for clients that are connected. */
void service_settings_changed(struct service *service);

/* Bytes that are kept for all clients. */
size_t service_buffered(const struct service *service);
