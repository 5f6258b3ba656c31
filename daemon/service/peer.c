#define _GNU_SOURCE
#include "daemon/service/peer.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/service/call.h"
#include "ipc/stream.h"

#include <sys/epoll.h>
#include <sys/socket.h>

struct peer {
	struct service *service;
	struct stream stream;
	sd_event_source *source;
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

/* What to wait for; hang-ups are always told. */
static void update_interest(struct peer *peer)
{
	uint32_t events = 0;

	if (peer->stream.n_out > 0)
		events = EPOLLOUT;
	else if (!peer->busy)
		events = EPOLLIN;
	sd_event_source_set_io_events(peer->source, events);
}

static void send_message(struct peer *peer, json_t *message)
{
	cleanup(freep) char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

	json_decref(message);
	peer->busy = false;
	if (peer->oneway)
		return;
	if (!text || stream_write(&peer->stream, text, NULL) < 0)
		peer->closing = true; /* better no answer than half of one */
}

/*
 * Sends what can be sent. An answer may come while no event of the peer's is handled, so what is
 * left to do, hanging up or the next request, asks for one.
 */
static void after_answer(struct peer *peer)
{
	int result = stream_flush(&peer->stream);

	if (result < 0 && result != -EAGAIN)
		peer->closing = true;
	update_interest(peer);
	if (peer->closing || peer->stream.n_in > 0)
		sd_event_source_set_io_events(peer->source, EPOLLOUT);
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

static json_t *split_lines(const char *lines)
{
	json_t *list = json_array();

	while (lines && *lines) {
		size_t length = strcspn(lines, "\n");

		json_array_append_new(list, json_stringn_nocheck(lines, length));
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
			json_pack("{s:s, s:s, s:o}", "message", error->message ?: "out of memory",
				  "errno", errno_name(error->number), "detail",
				  split_lines(error->detail)));
}

/* Answers what has come whole, as far as answers can be sent. */
static void advance(struct peer *peer)
{
	while (!peer->busy && !peer->closing && peer->stream.n_out == 0) {
		cleanup(fds_done) struct fds fds = {};
		cleanup(freep) char *message = stream_next(&peer->stream, &fds);

		if (!message)
			return;
		if (!call_dispatch(peer, message, &fds))
			peer->closing = true;
	}
}

static void receive(struct peer *peer)
{
	cleanup(error_done) struct error error = {};
	int result = stream_read(&peer->stream);

	if (result > 0 || result == -EAGAIN)
		return;
	if (result == -EMSGSIZE || result == -E2BIG) {
		error_set(&error, ERROR_INVALID_ARGUMENT, result,
			  result == -E2BIG ? "a request may bring %d file descriptors"
					   : "a request may have %d bytes",
			  result == -E2BIG ? FDS_MAX : REQUEST_SIZE_MAX);
		peer_fail(peer, &error);
	}
	peer->closing = true;
}

static int handle(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct peer *peer = userdata;
	int result;

	(void)source;
	(void)fd;
	if ((events & EPOLLIN) && !peer->busy && !peer->closing && peer->stream.n_out == 0)
		receive(peer);
	advance(peer);
	result = stream_flush(&peer->stream);
	if (result == 0)
		advance(peer);
	if ((events & (EPOLLHUP | EPOLLERR)) || (result < 0 && result != -EAGAIN) ||
	    (peer->closing && peer->stream.n_out == 0))
		service_forget(peer->service, peer);
	else
		update_interest(peer);
	return 0;
}

void peer_drop(struct peer **slot)
{
	struct peer *peer = steal(*slot);

	if (!peer)
		return;
	control_forget(service_control(peer->service), peer);
	sd_event_source_disable_unref(peer->source);
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
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot watch a client: %s",
				 errno_name(result));
	*ret = steal(peer);
	return 0;
}
