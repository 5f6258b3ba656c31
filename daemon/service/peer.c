// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/service/peer.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/service/context.h"
#include "ipc/stream.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Requests of one client that are answered in a row before other clients have their turn. */
#define TURN_MAX 16

/* Bytes that may always be kept for each client, however much the others use. */
#define SMALL (64 * 1024)

struct peer {
	const struct context *context;
	const struct peer_events *events;
	void *userdata; /* for the events */
	struct connection_usage usage;
	struct stream stream;
	sd_event_source *source;
	/* Set while the client has not completed a request, or has not read its answer. */
	sd_event_source *timer;
	struct credentials client;
	const struct method *method; /* of the latest request */
	char *netns;		     /* peer_set_netns() */
	bool busy;		     /* a request waits for its answer */
	bool oneway;		     /* the request wants no answer */
	bool more;		     /* the request wants several replies */
	/* While it gets a stream of replies; else NULL. */
	const struct peer_stream_events *stream_events;
	void *stream_userdata;
	bool closing;		   /* disconnect as soon as everything is sent */
	struct fds answer_fds;	   /* are sent with the waiting answer */
	struct receiver *receiver; /* reads data that was sent with descriptors; NULL: none does */
	uint64_t lease;		   /* LEASE_NONE: nothing ends with the connection */
	bool is_shared;		   /* an abandoned receiver may still read from it */
};

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

static void send_text(struct peer *peer, const char *text)
{
	peer->busy = false;
	if (peer->oneway) {
		peer->oneway = false;
		return;
	}
	if (!text || stream_write(&peer->stream, text,
				  peer->answer_fds.n_fds ? &peer->answer_fds : NULL) < 0)
		peer->closing = true; /* no answer is better than half of one */
}

/* A descriptor that was sent with the first byte of the answer no longer belongs to the peer. */
static int flush(struct peer *peer)
{
	int result = stream_flush(&peer->stream);

	if (peer->stream.out_fds.n_fds == 0)
		fds_done(&peer->answer_fds);
	return result;
}

static void after_answer(struct peer *peer)
{
	int result = flush(peer);

	if (result < 0 && result != -EAGAIN)
		peer->closing = true;
	update_interest(peer);
}

/* Takes ownership of the message. */
static char *encode_message(json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

	json_decref(message);
	return text;
}

static char *encode_reply(json_t *parameters)
{
	return encode_message(parameters ? json_pack("{s:o}", "parameters", parameters) : NULL);
}

void peer_confirm(struct peer *peer, json_t *parameters)
{
	cleanup(freep) char *text = encode_reply(parameters);

	send_text(peer, text);
	after_answer(peer);
}

static int no_room(struct error *error)
{
	return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
			 "incomplete requests and unread answers of clients fill the whole buffer "
			 "(max-buffer)");
}

/* May this many more bytes be kept for the client? */
static int check_room(const struct peer *peer, size_t size, struct error *error)
{
	const struct settings *settings = peer->context->settings;

	if (size <= SMALL)
		return 0;
	if (size > settings->max_buffer_per_client)
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
				 "the answer of %zu bytes is too long (max-buffer-per-client); ask "
				 "for fewer devices",
				 size);
	if (quota_buffered(peer->context->quota) + size > settings->max_buffer)
		return no_room(error);
	return 0;
}

/* Takes ownership of the text. */
static void answer(struct peer *peer, char *taken)
{
	cleanup(error_done) struct error error = {};
	cleanup(freep) char *text = taken;

	if (text && check_room(peer, strlen(text), &error) < 0) {
		peer_fail(peer, &error);
		return;
	}
	send_text(peer, text);
	after_answer(peer);
}

void peer_reply(struct peer *peer, json_t *parameters)
{
	answer(peer, encode_reply(parameters));
}

void peer_reply_text(struct peer *peer, char *taken)
{
	cleanup(freep) char *parameters = taken;
	char *text = NULL;

	if (parameters && asprintf(&text, "{\"parameters\":%s}", parameters) < 0)
		text = NULL;
	answer(peer, text);
}

void peer_reply_with(struct peer *peer, json_t *parameters, int fd)
{
	peer->answer_fds = (struct fds){ .n_fds = 1, .fds = { fd } };
	peer_reply(peer, parameters);
}

void peer_stream(struct peer *peer, const struct peer_stream_events *events, void *userdata)
{
	peer->stream_events = events;
	peer->stream_userdata = userdata;
}

/*
 * A reply that is longer than what each client may always keep must be the only one that waits, and must fit
 * beside those of other clients.
 */
static bool has_room(const struct peer *peer, size_t size)
{
	return peer->stream.n_out + size <= SMALL ||
	       (peer->stream.n_out == 0 && check_room(peer, size, NULL) == 0);
}

static bool continue_stream(struct peer *peer, json_t *parameters, const struct fds *fds)
{
	cleanup(freep) char *text = encode_message(
		parameters ? json_pack("{s:b, s:o}", "continues", true, "parameters", parameters)
			   : NULL);

	if (!text || peer->closing || !has_room(peer, strlen(text) + 1) ||
	    stream_write(&peer->stream, text, fds) < 0)
		return false;
	if (fds)
		peer->answer_fds = *fds;
	after_answer(peer);
	return true;
}

bool peer_continue(struct peer *peer, json_t *parameters)
{
	return continue_stream(peer, parameters, NULL);
}

bool peer_continue_with(struct peer *peer, json_t *parameters, const struct fds *fds)
{
	if (peer->stream.n_out == 0)
		return continue_stream(peer, parameters, fds);
	json_decref(parameters);
	return false;
}

void peer_stream_end(struct peer *peer)
{
	peer->stream_events = NULL;
}

void peer_fail_named(struct peer *peer, const char *name, json_t *parameters)
{
	answer(peer, encode_message(parameters ? json_pack("{s:s, s:o}", "error", name,
							   "parameters", parameters)
					       : NULL));
}

static json_t *encode_lines(const char *lines)
{
	json_t *list = json_array();

	while (lines && *lines) {
		size_t length = strcspn(lines, "\n");
		cleanup(freep) char *line = strndup(lines, length);

		json_array_append_new(list, line ? text_encode(line) : NULL);
		lines += length + (lines[length] == '\n');
	}
	return list;
}

/* More lines for the user. */
static json_t *encode_detail(const struct peer *peer, const struct error *error)
{
	json_t *lines = encode_lines(error->detail);
	cleanup(freep) char *place = NULL;

	if (!peer->netns || (error->message && strstr(error->message, peer->netns)))
		return lines;
	if (asprintf(&place, "the devices are those of the client's network namespace, %s",
		     peer->netns) < 0)
		place = NULL;
	json_array_append_new(lines, place ? text_encode(place) : NULL);
	return lines;
}

void peer_fail(struct peer *peer, const struct error *error)
{
	char name[64];

	if (error->id == ERROR_INTERNAL)
		log_error("%s: %s", error->origin, error->message ?: "out of memory");
	else if (error->id == ERROR_LIMIT_EXCEEDED)
		quota_report(peer->context->quota, &peer->client, error);
	snprintf(name, sizeof(name), INTERFACE_NAME ".%s", error_name(error->id));
	peer_fail_named(peer, name,
			json_pack("{s:o, s:s, s:o}", "message",
				  text_encode(error->message ?: "out of memory"), "errno",
				  errno_name(error->number), "detail", encode_detail(peer, error)));
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
	after_answer(peer);
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
	else if (failure == -EDQUOT)
		no_room(&error);
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
	if (result > 0 && peer->stream.in_size > SMALL &&
	    quota_buffered(peer->context->quota) > peer->context->settings->max_buffer)
		result = -EDQUOT;
	if (result > 0 || result == -EAGAIN)
		return;
	if (result < 0 && result != -ECONNRESET)
		refuse(peer, result);
	peer->closing = true;
}

static int check_size(void *userdata, uint64_t size, struct error *error)
{
	struct peer *peer = userdata;
	int result = quota_check_files(peer->context->quota, size, error);

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
	after_answer(peer);
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
