// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/service/peer.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/service/context.h"
#include "daemon/service/peer-internal.h"

#include <sys/epoll.h>
#include <sys/socket.h>

/* Requests of one client that are answered in a row before other clients have their turn. */
#define TURN_MAX 16

const struct context *peer_context(const struct peer *peer)
{
	return peer->context;
}

int peer_count(struct peer *peer, struct error *error)
{
	return quota_add_connection(peer->context->quota, &peer->usage, error);
}

const struct credentials *peer_credentials(const struct peer *peer)
{
	return &peer->client;
}

int peer_socket(const struct peer *peer)
{
	return peer->stream.fd;
}

int peer_lease(struct peer *peer, uint64_t *ret, struct error *error)
{
	int result = 0;

	if (peer->lease == LEASE_NONE)
		result = control_begin_lease(peer->context->control, &peer->lease, error);
	if (result == 0)
		*ret = peer->lease;
	return result;
}

int peer_begin_lease(struct peer *peer, const char *key, struct error *error)
{
	if (peer->lease != LEASE_NONE)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EISCONN,
				 "Lease: the connection has a lease; call Lease once, before the "
				 "first Attach with while_connected");
	return control_begin_keyed_lease(peer->context->control, key, &peer->lease, error);
}

bool peer_claim_lease(struct peer *peer, const char *key, uint64_t *ret)
{
	if (peer->lease == LEASE_NONE)
		control_claim_lease(peer->context->control, key, &peer->lease);
	*ret = peer->lease;
	return peer->lease == lease_number(key);
}

void peer_lease_end(struct peer *peer)
{
	control_end_lease(peer->context->control, peer->lease);
	peer->lease = LEASE_NONE;
}

bool peer_wants_more(const struct peer *peer)
{
	return peer->more && !peer->oneway;
}

static void end_stream(struct peer *peer)
{
	const struct peer_stream_events *events = steal(peer->stream_events);

	if (events)
		events->ended(peer->stream_userdata);
}

/* Ends a stream that the client, by the new settings, no longer has the right to receive. */
static void check_stream(struct peer *peer)
{
	const struct settings *settings = peer->context->settings;
	cleanup(error_done) struct error error = {};

	if (!peer->stream_events || credentials_allow(&peer->client, peer->method))
		return;
	end_stream(peer);
	credentials_refuse(&peer->client, peer->method, peer->method->right, settings, &error);
	peer_fail(peer, &error);
}

void peer_settings_changed(struct peer *peer)
{
	cleanup(error_done) struct error error = {};

	if (credentials_update_rights(&peer->client, peer->stream.fd, peer->context->settings,
				      &error) < 0)
		log_warning("%s", error.message ?: "out of memory");
	check_stream(peer);
}

void peer_set_method(struct peer *peer, const struct method *method)
{
	peer->method = method;
}

const struct method *peer_method(const struct peer *peer)
{
	return peer->method;
}

void peer_set_netns(struct peer *peer, char *path)
{
	free(peer->netns);
	peer->netns = path;
}

void peer_begin(struct peer *peer, bool oneway, bool more)
{
	peer_set_netns(peer, NULL);
	peer->busy = true;
	peer->oneway = oneway;
	peer->more = more;
}

bool peer_is_oneway(const struct peer *peer)
{
	return peer->oneway;
}

/* May the peer handle the next request? */
static bool is_ready(const struct peer *peer)
{
	return !peer->busy && !peer->closing && !peer->receiver && peer->stream.n_out == 0;
}

/*
 * The time starts when the daemon first waits for the client, and stops when the client has done its part.
 */
static void run_timer(struct peer *peer, bool run)
{
	int running = SD_EVENT_OFF;

	sd_event_source_get_enabled(peer->timer, &running);
	if (run && running == SD_EVENT_OFF)
		sd_event_source_set_time_relative(peer->timer,
						  peer->context->settings->client_timeout);
	sd_event_source_set_enabled(peer->timer, run ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

/*
 * Chooses the events to wait for; hang-ups are always reported, except while a receiver reads from the
 * connection. An answer may come while no event of the peer is handled, so an event is requested for what is
 * left to do then: disconnect, or handle the next request.
 */
static void update_interest(struct peer *peer)
{
	bool sending = peer->stream.n_out > 0 || peer->closing;
	bool waiting = !sending && !peer->busy && !stream_has_message(&peer->stream);
	uint32_t events = EPOLLOUT;

	sd_event_source_set_enabled(peer->source, peer->receiver ? SD_EVENT_OFF : SD_EVENT_ON);
	if (peer->receiver) {
		run_timer(peer, true);
		return;
	}

	if (waiting)
		events = EPOLLIN;
	else if (!sending && peer->busy)
		events = 0;
	sd_event_source_set_io_events(peer->source, events);
	if (!peer->stream_events ||
	    peer->closing) /* the client may read a stream as slowly as it likes */
		run_timer(peer, sending || (waiting && peer->stream.n_in > 0));
}

/* A descriptor that was sent with the first byte of the answer no longer belongs to the peer. */
static int flush(struct peer *peer)
{
	int result = stream_flush(&peer->stream);

	if (peer->stream.out_fds.n_fds == 0)
		fds_done(&peer->answer_fds);
	return result;
}

void peer_flush(struct peer *peer)
{
	int result = flush(peer);

	if (result < 0 && result != -EAGAIN)
		peer->closing = true;
	update_interest(peer);
}

static void resume(void *userdata);

/*
 * Requests wait until every device that appeared before them runs its chain; meanwhile the peer is busy.
 */
static bool waits_for_devices(struct peer *peer)
{
	struct control *control = peer->context->control;
	const char *message = stream_peek(&peer->stream);

	if (!control_is_linking(control) || !message || !peer->events->waits_for_devices(message) ||
	    control_when_linked(control, resume, peer, NULL) < 0)
		return false;
	peer->busy = true;
	return true;
}

/*
 * Answers complete messages until answers can no longer be sent, or other clients would wait too long.
 */
static void advance(struct peer *peer)
{
	for (int turn = 0; turn < TURN_MAX && is_ready(peer) && !waits_for_devices(peer); turn++) {
		cleanup(fds_done) struct fds fds = {};
		cleanup(freep) char *message = stream_next(&peer->stream, &fds);

		if (!message)
			return;
		run_timer(peer, false);
		if (!peer->stream.in_fds.n_fds)
			peer->usage.files_size = 0;
		if (!peer->events->message(peer, message, &fds))
			peer->closing = true;
	}
}

static void resume(void *userdata)
{
	struct peer *peer = userdata;

	peer->busy = false;
	advance(peer);
	peer_flush(peer);
}

static unsigned long long timeout_seconds(const struct peer *peer)
{
	return peer->context->settings->client_timeout / 1000000;
}

static void refuse(struct peer *peer, int failure)
{
	cleanup(error_done) struct error error = {};

	if (failure == -EMSGSIZE)
		error_set(&error, ERROR_INVALID_ARGUMENT, failure,
			  "the request is longer than %d bytes", REQUEST_SIZE_MAX);
	else if (failure == -E2BIG)
		error_set(&error, ERROR_INVALID_ARGUMENT, failure,
			  "the request has more than %d file descriptors", FDS_MAX);
	else if (failure == -ETIMEDOUT)
		error_set(&error, ERROR_LIMIT_EXCEEDED, failure,
			  "the request was not complete within %llu seconds (client-timeout)",
			  timeout_seconds(peer));
	else
		error_set(&error, ERROR_OUT_OF_MEMORY, failure, "cannot receive the request: %s",
			  errno_name(failure));
	peer_fail(peer, &error);
}

static void note_reading(struct peer *peer, int result)
{
	cleanup(error_done) struct error error = {};

	if (result > 0 &&
	    quota_check_request(peer->context->quota, peer->stream.in_size, &error) < 0)
		peer_fail(peer, &error);
	else if (result > 0 || result == -EAGAIN)
		return;
	else if (result < 0 && result != -ECONNRESET)
		refuse(peer, result);
	peer->closing = true;
}

static int check_size(void *userdata, uint64_t size, struct error *error)
{
	struct peer *peer = userdata;
	int result = quota_check_files(peer->context->quota, &peer->client, size, error);

	if (result == 0)
		peer->usage.files_size += size;
	return result;
}

static void received(void *userdata, int result, const void *bytes, struct fds *fds)
{
	struct peer *peer = userdata;

	peer->receiver = NULL;
	if (result > 0)
		result = stream_append(&peer->stream, bytes, result, fds);
	note_reading(peer, result);
	advance(peer);
	peer_flush(peer);
}

/* Descriptors of clients that may not change anything are dropped. */
static int receive_fds(struct peer *peer, struct error *error)
{
	static const struct receiver_events events = { check_size, received };
	const struct credentials *client = &peer->client;
	int result = quota_check_receivers(peer->context->quota, client, error);

	if (result < 0)
		return result;
	return receivers_receive(peer->context->receivers, peer->stream.fd, client->uid,
				 client->may[RIGHT_CHANGE] || client->grants, &events, peer,
				 &peer->receiver, error);
}

static void receive(struct peer *peer)
{
	cleanup(error_done) struct error error = {};
	int result = stream_read_bytes(&peer->stream);

	if (result != -EBADMSG) {
		note_reading(peer, result);
	} else if (receive_fds(peer, &error) < 0) {
		peer_fail(peer, &error);
		peer->closing = true;
	}
}

/* Is the connection over? Data that has not been read yet is read first. */
static bool is_over(const struct peer *peer, uint32_t events, int flushed)
{
	if ((flushed < 0 && flushed != -EAGAIN) || (peer->closing && peer->stream.n_out == 0))
		return true;
	return (events & (EPOLLHUP | EPOLLERR)) && !is_ready(peer);
}

static int handle(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct peer *peer = userdata;
	bool sending = peer->stream.n_out > 0;
	int flushed;

	(void)source;
	(void)fd;
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && is_ready(peer) &&
	    !stream_has_message(&peer->stream))
		receive(peer);
	advance(peer);
	flushed = flush(peer);
	if (sending && peer->stream.n_out == 0) {
		run_timer(peer, false);
		if (peer->stream_events)
			peer->stream_events->drained(peer->stream_userdata);
	}
	if (is_over(peer, events, flushed))
		peer->events->closed(peer->userdata, peer);
	else
		update_interest(peer);
	return 0;
}

static void abandon_receiver(struct peer *peer)
{
	peer->is_shared |= peer->receiver != NULL;
	receiver_abandon(&peer->receiver);
}

static int lose_patience(sd_event_source *source, uint64_t time, void *userdata)
{
	struct peer *peer = userdata;
	cleanup(error_done) struct error error = {};

	(void)source;
	(void)time;
	peer->closing = true;
	abandon_receiver(peer);
	if (peer->stream.n_out == 0) {
		refuse(peer, -ETIMEDOUT);
		return 0;
	}
	error_set(&error, ERROR_LIMIT_EXCEEDED, -ETIMEDOUT,
		  "the answer was not read within %llu seconds (client-timeout)",
		  timeout_seconds(peer));
	quota_report(peer->context->quota, &peer->client, &error);
	peer->events->closed(peer->userdata, peer);
	return 0;
}

void peer_drop(struct peer **p)
{
	struct peer *peer = steal(*p);

	if (!peer)
		return;
	end_stream(peer);
	control_forget(peer->context->control, peer);
	quota_remove_connection(&peer->usage);
	sd_event_source_disable_unref(peer->source);
	sd_event_source_disable_unref(peer->timer);
	abandon_receiver(peer);
	receivers_close(peer->context->receivers, &peer->stream.fd, peer->client.uid,
			!peer->is_shared);
	stream_done(&peer->stream);
	fds_done(&peer->answer_fds);
	free(peer->netns);
	free(peer);
}

int peer_new(sd_event *loop, const struct context *context, const struct peer_events *events,
	     void *userdata, int fd, struct peer **ret, struct error *error)
{
	cleanup(peer_drop) struct peer *peer = NULL;
	int result;

	peer = calloc(1, sizeof(*peer));
	if (!peer) {
		receivers_close(context->receivers, &fd, 0, true);
		return error_memory(error);
	}
	peer->context = context;
	peer->events = events;
	peer->userdata = userdata;
	peer->usage = (struct connection_usage){ .client = &peer->client, .stream = &peer->stream };
	stream_init(&peer->stream, fd, REQUEST_SIZE_MAX);
	setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &(int){ true }, sizeof(int));
	result = credentials_read(fd, context->settings, &peer->client, error);
	if (result < 0)
		return result;
	result = sd_event_add_io(loop, &peer->source, fd, EPOLLIN, handle, peer);
	if (result >= 0)
		result = sd_event_add_time_relative(loop, &peer->timer, CLOCK_MONOTONIC, 0, 0,
						    lose_patience, peer);
	if (result >= 0)
		result = sd_event_source_set_enabled(peer->timer, SD_EVENT_OFF);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot watch a client: %s",
				 errno_name(result));
	*ret = steal(peer);
	return 0;
}
