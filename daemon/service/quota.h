// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/events/events.h"
#include "daemon/receiver/receivers.h"
#include "daemon/service/credentials.h"
#include "daemon/service/settings.h"
#include "ipc/stream.h"

#include <sys/queue.h>
#include <systemd/sd-event.h>

/*
 * What all clients together take up in the daemon, and what may be added for a client, request or change.
 * All refusals are LimitExceeded and name the setting.
 */
struct quota {
	sd_event *loop; /* not owned, like the next three */
	const struct settings *settings;
	const struct receivers *receivers;
	struct events *events; /* where exceeded limits are reported */
	uint64_t reported_at;  /* CLOCK_MONOTONIC: when a limit was last logged */
	LIST_HEAD(, connection_usage) connections;
	LIST_HEAD(, change_usage) changes;
};

/* What one connection takes up while it is open. The peer owns it and what it points to. */
struct connection_usage {
	LIST_ENTRY(connection_usage) entry;
	bool is_counted;
	const struct credentials *client;
	const struct stream *stream;
	uint64_t files_size; /* files of a request that is not complete yet */
};

/* What one change takes up until it is decided. */
struct change_usage {
	LIST_ENTRY(change_usage) entry;
	bool is_counted;
	uid_t uid;
	bool is_limited; /* its client may not change everything */
	size_t objects_size;
};

/* Starts with nothing counted. Everything that is passed in must outlive the quota. */
void quota_init(struct quota *quota, sd_event *loop, const struct settings *settings,
		const struct receivers *receivers, struct events *events);

/*
 * Counts the connection until quota_remove_connection(). Half of all connections are reserved for clients
 * that may change something, so other clients cannot block them. Errors: LimitExceeded.
 */
int quota_add_connection(struct quota *quota, struct connection_usage *connection,
			 struct error *error);

/* Does nothing for a connection that is not counted. */
void quota_remove_connection(struct connection_usage *connection);

/*
 * Counts the change until quota_remove_change(). Half of all changes, and of their objects, are reserved for clients
 * that may change everything. Errors: LimitExceeded.
 */
int quota_add_change(struct quota *quota, struct change_usage *change, struct error *error);

/* Does nothing for a change that is not counted. */
void quota_remove_change(struct change_usage *change);

/*
 * The bytes that are kept for all connections: incomplete requests, and answers that are not read yet.
 */
size_t quota_buffered(const struct quota *quota);

/* Bytes that may always be kept for each connection, however much the others use. */
#define QUOTA_FREE_BUFFER (64 * 1024)

/* May a connection keep an incomplete request of that size, which is counted already? */
int quota_check_request(const struct quota *quota, size_t size, struct error *error);

/* May an answer of that size be kept for a connection? */
int quota_check_answer(const struct quota *quota, size_t size, struct error *error);

/*
 * May files of that size, of a request of the client, be kept in addition to those of all other requests and changes?
 */
int quota_check_files(const struct quota *quota, const struct credentials *client, uint64_t size,
		      struct error *error);

/* May that client occupy one more receiver? */
int quota_check_receivers(const struct quota *quota, const struct credentials *client,
			  struct error *error);

/* Logs that the client reached a limit: only the first such event within a second. */
void quota_report(struct quota *quota, const struct credentials *client, const struct error *error);
