#define _GNU_SOURCE
#include "daemon/service/peer.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/service/call.h"
#include "ipc/stream.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Requests that one client gets answered before it is the others' turn. */
#define TURN_MAX 16

/* A client that takes nothing of its answers for so many microseconds is hung up on. */
#define PATIENCE (60 * 1000000ull)

struct peer {
	struct service *service;
	struct stream stream;
	sd_event_source *source;
	sd_event_source *timer; /* on while we wait for it to read */
	uid_t uid;
	bool busy;    /* a request waits for its answer */
	bool oneway;  /* and wants none */
	bool closing; /* hang up when all is sent */
};

struct service *peer_service(const struct peer *peer)
{
	return peer->service;
}

bool peer_may_change(const struct peer *peer)
{
	return peer->uid == 0 || peer->uid == geteuid();
}

void peer_begin(struct peer *peer, bool oneway)
{
	peer->busy = true;
	peer->oneway = oneway;
}

bool peer_is_oneway(const struct peer *peer)
{
	return peer->oneway;
}

/* May the next request be looked at? */
static bool is_ready(const struct peer *peer)
{
	return !peer->busy && !peer->closing && peer->stream.n_out == 0;
}

/* The client's patience is tried from when it is first waited for. */
static void wait_to_send(struct peer *peer)
{
	int running = SD_EVENT_OFF;

	sd_event_source_set_io_events(peer->source, EPOLLOUT);
	sd_event_source_get_enabled(peer->timer, &running);
	if (running != SD_EVENT_OFF)
		return;
	sd_event_source_set_time_relative(peer->timer, PATIENCE);
	sd_event_source_set_enabled(peer->timer, SD_EVENT_ONESHOT);
}

static void wait_to_receive(struct peer *peer, uint32_t events)
{
	sd_event_source_set_io_events(peer->source, events);
	sd_event_source_set_enabled(peer->timer, SD_EVENT_OFF);
}

/*
 * What to wait for; hang-ups are always told. An answer may come while no event of the peer's is
 * handled, so what is left to do then, hanging up or the next request, asks for one.
 */
static void update_interest(struct peer *peer)
{
	if (peer->stream.n_out > 0 || peer->closing)
		wait_to_send(peer);
	else if (peer->busy)
		wait_to_receive(peer, 0);
	else if (stream_has_message(&peer->stream))
		wait_to_send(peer);
	else
		wait_to_receive(peer, EPOLLIN);
}

static void send_message(struct peer *peer, json_t *message)
{
	cleanup(freep) char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

	json_decref(message);
	peer->busy = false;
	if (peer->oneway) {
		peer->oneway = false;
		return;
	}
	if (!text || stream_write(&peer->stream, text, NULL) < 0)
		peer->closing = true; /* better no answer than half of one */
}

static void after_answer(struct peer *peer)
{
	int result = stream_flush(&peer->stream);

	if (result < 0 && result != -EAGAIN)
		peer->closing = true;
	update_interest(peer);
}

void peer_reply(struct peer *peer, json_t *parameters)
{
	send_message(peer, parameters ? json_pack("{s:o}", "parameters", parameters) : NULL);
	after_answer(peer);
}

void peer_fail_named(struct peer *peer, const char *name, json_t *parameters)
{
	send_message(peer,
		     parameters ? json_pack("{s:s, s:o}", "error", name, "parameters", parameters)
				: NULL);
	after_answer(peer);
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

void peer_fail(struct peer *peer, const struct error *error)
{
	char name[64];

	if (error->id == ERROR_INTERNAL)
		log_error("%s: %s", error->origin, error->message ?: "out of memory");
	snprintf(name, sizeof(name), INTERFACE_NAME ".%s", error_name(error->id));
	peer_fail_named(peer, name,
			json_pack("{s:o, s:s, s:o}", "message",
				  text_encode(error->message ?: "out of memory"), "errno",
				  errno_name(error->number), "detail",
				  encode_lines(error->detail)));
}

static void resume(void *userdata);

/*
 * A device that came before the request has its chain before the answer: such requests wait. The
 * peer is busy then.
 */
static bool waits_for_devices(struct peer *peer)
{
	struct control *control = service_control(peer->service);

	if (!control_is_realising(control) || !stream_has_message(&peer->stream) ||
	    control_when_realised(control, resume, peer, NULL) < 0)
		return false;
	peer->busy = true;
	return true;
}

/* Answers what has come whole, as far as answers can be sent, and others need not wait long. */
static void advance(struct peer *peer)
{
	for (int turn = 0; turn < TURN_MAX && is_ready(peer) && !waits_for_devices(peer); turn++) {
		cleanup(fds_done) struct fds fds = {};
		cleanup(freep) char *message = stream_next(&peer->stream, &fds);

		if (!message)
			return;
		if (!call_dispatch(peer, message, &fds))
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

static void refuse(struct peer *peer, int failure)
{
	cleanup(error_done) struct error error = {};

	if (failure == -EMSGSIZE)
		error_set(&error, ERROR_INVALID_ARGUMENT, failure, "a request has at most %d bytes",
			  REQUEST_SIZE_MAX);
	else if (failure == -E2BIG)
		error_set(&error, ERROR_INVALID_ARGUMENT, failure,
			  "at most %d file descriptors come with a request", FDS_MAX);
	else
		error_set(&error, ERROR_OUT_OF_MEMORY, failure,
			  "no room for what came with the request: %s", errno_name(failure));
	peer_fail(peer, &error);
}

static void receive(struct peer *peer)
{
	int result = stream_read(&peer->stream);

	if (result > 0 || result == -EAGAIN)
		return;
	if (result < 0 && result != -ECONNRESET)
		refuse(peer, result);
	peer->closing = true;
}

/* Has the connection ended, as far as we are concerned? What is unread yet is read first. */
static bool is_over(const struct peer *peer, uint32_t events, int flushed)
{
	if ((flushed < 0 && flushed != -EAGAIN) || (peer->closing && peer->stream.n_out == 0))
		return true;
	return (events & (EPOLLHUP | EPOLLERR)) && !is_ready(peer);
}

static int handle(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct peer *peer = userdata;
	int flushed;

	(void)source;
	(void)fd;
	if (events & EPOLLOUT) /* it read something */
		sd_event_source_set_enabled(peer->timer, SD_EVENT_OFF);
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && is_ready(peer) &&
	    !stream_has_message(&peer->stream))
		receive(peer);
	advance(peer);
	flushed = stream_flush(&peer->stream);
	if (is_over(peer, events, flushed))
		service_forget(peer->service, peer);
	else
		update_interest(peer);
	return 0;
}

static int lose_patience(sd_event_source *source, uint64_t time, void *userdata)
{
	struct peer *peer = userdata;

	(void)source;
	(void)time;
	service_forget(peer->service, peer);
	return 0;
}

void peer_drop(struct peer **slot)
{
	struct peer *peer = steal(*slot);

	if (!peer)
		return;
	control_forget(service_control(peer->service), peer);
	sd_event_source_disable_unref(peer->source);
	sd_event_source_disable_unref(peer->timer);
	stream_done(&peer->stream);
	free(peer);
}

int peer_new(sd_event *loop, struct service *service, int fd, struct peer **ret,
	     struct error *error)
{
	cleanup(peer_drop) struct peer *peer = NULL;
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	int result;

	peer = calloc(1, sizeof(*peer));
	if (!peer) {
		close(fd);
		return error_memory(error);
	}
	peer->service = service;
	stream_init(&peer->stream, fd, REQUEST_SIZE_MAX);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return error_set(error, ERROR_INTERNAL, -errno, "cannot tell who connects: %s",
				 errno_name(errno));
	peer->uid = credentials.uid;
	result = sd_event_add_io(loop, &peer->source, fd, EPOLLIN, handle, peer);
	if (result >= 0)
		result = sd_event_add_time_relative(loop, &peer->timer, CLOCK_MONOTONIC, PATIENCE,
						    0, lose_patience, peer);
	if (result >= 0)
		result = sd_event_source_set_enabled(peer->timer, SD_EVENT_OFF);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot watch a client: %s",
				 errno_name(result));
	*ret = steal(peer);
	return 0;
}
