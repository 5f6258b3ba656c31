// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/quota.h"

#include "base/cleanup.h"
#include "daemon/service/audit.h"

#include <inttypes.h>

/* Microseconds between log lines about limits. */
#define PAUSE 1000000

void quota_init(struct quota *quota, sd_event *loop, const struct settings *settings,
		const struct receivers *receivers, struct events *events)
{
	*quota = (struct quota){
		.loop = loop, .settings = settings, .receivers = receivers, .events = events
	};
	LIST_INIT(&quota->connections);
	LIST_INIT(&quota->changes);
}

static int check_connection(const struct quota *quota, const struct credentials *client,
			    struct error *error)
{
	const struct settings *settings = quota->settings;
	size_t n_of_user = receivers_count(quota->receivers, client->uid);
	size_t n_all = 0, n_spectators = 0;
	const struct connection_usage *other;

	LIST_FOREACH(other, &quota->connections, entry)
	{
		n_all++;
		n_of_user += other->client->uid == client->uid;
		n_spectators += !other->client->may[RIGHT_CHANGE];
	}
	if (n_of_user >= settings->max_connections_per_user)
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
				 "uid %u has the maximum of %" PRIu64 " connections "
				 "(max-connections-per-user)",
				 client->uid, settings->max_connections_per_user);
	if (n_all >= settings->max_connections ||
	    (!client->may[RIGHT_CHANGE] && n_spectators >= settings->max_connections / 2))
		return error_set(
			error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
			"%zu connections are open, and no more are accepted (max-connections)",
			n_all);
	return 0;
}

int quota_add_connection(struct quota *quota, struct connection_usage *connection,
			 struct error *error)
{
	int result = check_connection(quota, connection->client, error);

	if (result < 0)
		return result;
	LIST_INSERT_HEAD(&quota->connections, connection, entry);
	connection->is_counted = true;
	return 0;
}

void quota_remove_connection(struct connection_usage *connection)
{
	if (connection->is_counted)
		LIST_REMOVE(connection, entry);
	connection->is_counted = false;
}

/* Bytes of the objects of all changes, or of the limited ones. */
static uint64_t objects_size(const struct quota *quota, bool limited)
{
	const struct change_usage *change;
	uint64_t size = 0;

	LIST_FOREACH(change, &quota->changes, entry)
	{
		if (change->is_limited || !limited)
			size += change->objects_size;
	}
	return size;
}

/* The same with those of requests that are not complete yet. */
static uint64_t files_size(const struct quota *quota, bool limited)
{
	const struct connection_usage *connection;
	uint64_t sum = objects_size(quota, limited);

	LIST_FOREACH(connection, &quota->connections, entry)
	{
		if (!connection->client->may[RIGHT_CHANGE] || !limited)
			sum += connection->files_size;
	}
	return sum;
}

/* The part of a limit for all clients together that may not change everything. */
static uint64_t part_of_limited(uint64_t max)
{
	return (max + 1) / 2;
}

/* Do that many more bytes fit, beside those that `sum` counts? */
static bool fits(const struct quota *quota,
		 uint64_t (*sum)(const struct quota *quota, bool limited), uint64_t size,
		 bool limited)
{
	uint64_t max = quota->settings->max_object_buffer;

	return sum(quota, false) + size <= max &&
	       (!limited || sum(quota, true) + size <= part_of_limited(max));
}

static int check_objects(const struct quota *quota, const struct change_usage *change,
			 struct error *error)
{
	if (!change->objects_size ||
	    fits(quota, objects_size, change->objects_size, change->is_limited))
		return 0;
	return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
			 "the objects of the changes in progress have %llu bytes; this "
			 "change would exceed the limit (max-object-buffer)",
			 (unsigned long long)objects_size(quota, false));
}

static int check_change(const struct quota *quota, const struct change_usage *change,
			struct error *error)
{
	const struct settings *settings = quota->settings;
	uint64_t n_all = 0, n_of_user = 0, n_limited = 0;
	const struct change_usage *other;

	LIST_FOREACH(other, &quota->changes, entry)
	{
		n_all++;
		n_of_user += other->uid == change->uid;
		n_limited += other->is_limited;
	}
	if (n_all >= settings->max_changes ||
	    (change->is_limited && n_limited >= part_of_limited(settings->max_changes)))
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
				 "%llu changes are in progress, and no more are accepted "
				 "(max-changes)",
				 (unsigned long long)n_all);
	if (n_of_user >= settings->max_changes_per_user)
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
				 "%llu changes of uid %u are in progress, which is the maximum "
				 "(max-changes-per-user)",
				 (unsigned long long)n_of_user, change->uid);
	return check_objects(quota, change, error);
}

int quota_add_change(struct quota *quota, struct change_usage *change, struct error *error)
{
	int result = check_change(quota, change, error);

	if (result < 0)
		return result;
	LIST_INSERT_HEAD(&quota->changes, change, entry);
	change->is_counted = true;
	return 0;
}

void quota_remove_change(struct change_usage *change)
{
	if (change->is_counted)
		LIST_REMOVE(change, entry);
	change->is_counted = false;
}

size_t quota_buffered(const struct quota *quota)
{
	const struct connection_usage *connection;
	size_t sum = 0;

	LIST_FOREACH(connection, &quota->connections, entry)
	{
		const struct stream *stream = connection->stream;

		sum += stream->in_size + stream->out_begin + stream->n_out;
	}
	return sum;
}

static int check_buffer(const struct quota *quota, size_t size, struct error *error)
{
	if (quota_buffered(quota) + size <= quota->settings->max_buffer)
		return 0;
	return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
			 "incomplete requests and unread answers of clients fill the whole buffer "
			 "(max-buffer)");
}

int quota_check_request(const struct quota *quota, size_t size, struct error *error)
{
	return size <= QUOTA_FREE_BUFFER ? 0 : check_buffer(quota, 0, error);
}

int quota_check_answer(const struct quota *quota, size_t size, struct error *error)
{
	if (size <= QUOTA_FREE_BUFFER)
		return 0;
	if (size > quota->settings->max_buffer_per_client)
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
				 "the answer of %zu bytes is too long (max-buffer-per-client); ask "
				 "for fewer devices",
				 size);
	return check_buffer(quota, size, error);
}

int quota_check_files(const struct quota *quota, const struct credentials *client, uint64_t size,
		      struct error *error)
{
	if (fits(quota, files_size, size, !client->may[RIGHT_CHANGE]))
		return 0;
	return error_set(
		error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
		"the files of the requests and changes under way have %llu bytes; those of "
		"this one would exceed the limit (max-object-buffer)",
		(unsigned long long)files_size(quota, false));
}

int quota_check_receivers(const struct quota *quota, const struct credentials *client,
			  struct error *error)
{
	size_t n_receivers = receivers_count(quota->receivers, client->uid);

	if (n_receivers < quota->settings->max_connections_per_user)
		return 0;
	return error_set(
		error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
		"%zu descriptors that uid %u sent cannot be closed yet, which is the limit "
		"(max-connections-per-user)",
		n_receivers, client->uid);
}

void quota_report(struct quota *quota, const struct credentials *client, const struct error *error)
{
	uint64_t now = 0;

	sd_event_now(quota->loop, CLOCK_MONOTONIC, &now);
	if (quota->reported_at && now < quota->reported_at + PAUSE)
		return;
	quota->reported_at = now;
	audit_limited(quota->events, client, error->message ?: "out of memory");
}
