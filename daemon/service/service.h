// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/service/context.h"

/* The listening socket, its clients, and the answers to them. */
struct service;

/*
 * Serves on the socket `path`, which it creates, or, unless `inherited_fd` is negative, on that socket,
 * which it takes. What the context points to must outlive the service, which works on a copy of the context
 * with its own members. Errors name the path.
 */
int service_new(sd_event *loop, const struct context *context, const char *path, int inherited_fd,
		struct service **ret, struct error *error);

/*
 * Waits for the service's threads, at most that long. False: one still runs, and service_drop() must not be
 * called. NULL is fine.
 */
bool service_stop(struct service *service, uint64_t usec);

/* Disconnects all clients, and removes the socket unless it was inherited. NULL is fine. */
void service_drop(struct service **service);

/* Applies new settings, also to clients that are connected. */
void service_settings_changed(struct service *service);

/* Bytes that are kept for all clients. */
size_t service_buffered(const struct service *service);
