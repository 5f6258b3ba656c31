#pragma once

#include "daemon/events/events.h"
#include "daemon/receiver/receivers.h"
#include "daemon/service/credentials.h"
#include "daemon/service/settings.h"
#include "ipc/stream.h"

#include <sys/queue.h>
#include <systemd/sd-event.h>

/*
 * What all clients together take up in the daemon, and what one more client, request or change may take. All refusals
 * are LimitExceeded and name the setting.
 */
struct quota {
	sd_event *loop; /* not owned, like the next three */
	const struct settings *settings;
	const struct receivers *receivers;
	struct events *events; /* where exceeded limits are reported */
	uint64_t reported_at;  /* CLOCK_MONOTONIC: the latest log line about a limit */
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
	size_t objects_size;
};

void quota_init(struct quota *quota, sd_event *loop, const struct settings *settings,
		const struct receivers *receivers, struct events *events);

/*
 * Counts the connection until quota_remove_connection(), if it may stay. Half of the connections are kept for clients
 * that may change something, so other clients cannot keep them out.
 */
int quota_add_connection(struct quota *quota, struct connection_usage *connection,
			 struct error *error);

/* Fine for a connection that is not counted. */
void quota_remove_connection(struct connection_usage *connection);

/* Counts the change until quota_remove_change(), if it may begin. */
int quota_add_change(struct quota *quota, struct change_usage *change, struct error *error);

/* Fine for a change that is not counted. */
void quota_remove_change(struct change_usage *change);

/* Bytes kept for all connections: incomplete requests, and answers that are not read yet. */
size_t quota_buffered(const struct quota *quota);

/* May files of that size be kept beside those of all other requests and changes? */
int quota_check_files(const struct quota *quota, uint64_t size, struct error *error);

/* May one more receiver be made busy for that client? */
int quota_check_receivers(const struct quota *quota, const struct credentials *client,
			  struct error *error);

/* Logs that the client met a limit. Of many such events within a second it logs the first. */
void quota_report(struct quota *quota, const struct credentials *client, const struct error *error);
