// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "lib/connection.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "lib/error.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static void call_drop(struct call *call)
{
	if (!call)
		return;
	free(call->text);
	fds_done(&call->fds);
	xdpd_reply_unref(call->failure);
	free(call);
}

static void call_dropp(struct call **call)
{
	call_drop(*call);
}

static void connection_free(struct xdpd_connection *connection)
{
	while (connection->first) {
		struct call *call = connection->first;

		connection->first = call->next;
		call_drop(call);
	}
	stream_done(&connection->stream);
	free(connection->path);
	free(connection);
}

void connection_hold(struct xdpd_connection *connection)
{
	connection->n_users++;
}

bool connection_release(struct xdpd_connection *connection)
{
	bool disconnected = connection->disconnected;

	if (--connection->n_users == 0 && disconnected)
		connection_free(connection);
	return !disconnected;
}

void xdpd_disconnect(struct xdpd_connection *connection)
{
	if (!connection)
		return;
	if (connection->n_users == 0) {
		connection_free(connection);
		return;
	}
	connection->disconnected = true;
	closep(&connection->stream.fd); /* the daemon must notice now */
}

static int make(int fd, const char *path, struct xdpd_connection **ret, struct xdpd_error *error)
{
	struct xdpd_connection *connection = calloc(1, sizeof(*connection));

	if (connection)
		connection->path = strdup(path);
	if (!connection || !connection->path) {
		free(connection);
		return public_error_memory(error);
	}
	stream_init(&connection->stream, fd, SIZE_MAX - 1);
	connection->last = &connection->first;
	*ret = connection;
	return 0;
}

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int xdpd_connect_fd(int fd, struct xdpd_connection **ret, struct xdpd_error *error)
{
	int result = set_nonblocking(fd);

	if (result < 0)
		return public_error_set(error, XDPD_ERROR_NO_DAEMON, -result,
					"cannot use file descriptor %d as a connection: %s", fd,
					errno_name(result));
	result = make(fd, "an inherited socket", ret, error);
	if (result == 0)
		(*ret)->is_inherited = true;
	return result;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup(closep) int fd = -1;
	int result;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	result = set_nonblocking(fd);
	return result < 0 ? result : steal_fd(&fd);
}

static int no_daemon(const char *path, int failure, struct xdpd_error *error)
{
	if (failure == -EACCES || failure == -EPERM)
		return public_error_set(error, XDPD_ERROR_NO_DAEMON, -failure,
					"no permission to use the socket '%s'", path);
	return public_error_set(error, XDPD_ERROR_NO_DAEMON, -failure,
				"cannot reach xdpd at '%s' (%s); start it with 'systemctl start "
				"xdpd' or 'xdpd'",
				path, strerrordesc_np(-failure));
}

int xdpd_connect(const char *socket, struct xdpd_connection **ret, struct xdpd_error *error)
{
	const char *path = socket ?: XDPD_SOCKET;
	int fd = connect_to(path);
	int result;

	if (fd < 0)
		return no_daemon(path, fd, error);
	result = make(fd, path, ret, error);
	if (result < 0)
		close(fd);
	return result;
}

uint64_t deadline_after(uint64_t usec)
{
	uint64_t now = clock_usec(CLOCK_MONOTONIC);

	return usec > XDPD_FOREVER - now ? XDPD_FOREVER : now + usec;
}

int connection_add(struct xdpd_connection *connection, const struct xdpd_request *request,
		   uint64_t usec, xdpd_handler handler, void *userdata, struct xdpd_error *error)
{
	cleanup(call_dropp) struct call *call = calloc(1, sizeof(*call));
	cleanup(error_done) struct error problem = {};

	if (!call || !(call->failure = reply_new()) || !(call->text = request_text(request)))
		return public_error_memory(error);
	if (connection->listens)
		return public_error_set(
			error, XDPD_ERROR_INVALID_ARGUMENT, EBUSY,
			"the connection to xdpd carries events; use another one for "
			"calls");
	if (request_duplicate_fds(request->fds.fds, request->fds.n_fds, &call->fds, &problem) < 0)
		return public_error_take(error, &problem);
	call->more = request->more;
	call->deadline = deadline_after(usec);
	call->handler = handler;
	call->userdata = userdata;
	connection->listens = request->more;
	*connection->last = call;
	connection->last = &call->next;
	steal(call);
	return 0;
}

/* Takes the first call out. */
static struct call *pop(struct xdpd_connection *connection)
{
	struct call *call = connection->first;

	connection->first = call->next;
	if (!connection->first)
		connection->last = &connection->first;
	call->next = NULL;
	connection->sent = false;
	return call;
}

static void fail(struct xdpd_connection *connection, const char *name, int failure)
{
	if (connection->failure)
		return;
	connection->failure = failure;
	connection->failure_name = name;
}

static int describe_failure(const struct xdpd_connection *connection, struct xdpd_error *error)
{
	const char *name = connection->failure_name, *path = connection->path;
	int number = -connection->failure;

	if (!strcmp(name, XDPD_ERROR_TIMED_OUT))
		return public_error_set(
			error, name, number,
			"xdpd at '%s' did not reply in time; what was asked for may "
			"still be done",
			path);
	if (!strcmp(name, XDPD_ERROR_PROTOCOL))
		return public_error_set(error, name, number, "the server at '%s' is not xdpd",
					path);
	if (connection->listens)
		return public_error_set(error, name, number,
					"xdpd at '%s' closed the connection (%s)", path,
					strerrordesc_np(number));
	return public_error_set(error, name, number,
				"xdpd at '%s' did not answer (%s); its log may say why "
				"('journalctl -u xdpd')",
				path, strerrordesc_np(number));
}

/* Tells the first call that the connection has ended. */
static void deliver_failure(struct xdpd_connection *connection)
{
	cleanup(call_dropp) struct call *call = pop(connection);

	describe_failure(connection, &call->failure->error);
	call->handler(call->failure, call->userdata);
}

/* The reply in the message; NULL without memory, or if it is not a Varlink reply. */
static struct xdpd_reply *decode(const char *message, struct fds *fds)
{
	struct xdpd_reply *reply = reply_new();
	const json_t *parameters;

	if (!reply)
		return NULL;
	reply->fds = *fds;
	fds->n_fds = 0;
	reply->message = json_loads(message, 0, NULL);
	parameters = json_object_get(reply->message, "parameters");
	if (!json_is_object(reply->message) || (parameters && !json_is_object(parameters))) {
		xdpd_reply_unref(reply);
		return NULL;
	}
	if (json_object_get(reply->message, "error"))
		public_error_decode(&reply->error, reply->message);
	return reply;
}

static void deliver(struct xdpd_connection *connection, const char *message, struct fds *fds)
{
	struct xdpd_reply *reply = decode(message, fds);
	struct call *call = connection->first;
	bool continues = reply && call->more &&
			 json_is_true(json_object_get(reply->message, "continues"));

	if (!reply) {
		fail(connection, XDPD_ERROR_PROTOCOL, -EPROTO);
		deliver_failure(connection);
		return;
	}
	if (!continues) {
		pop(connection);
		connection->listens = false;
	}
	call->handler(reply, call->userdata);
	if (!continues)
		call_drop(call);
	xdpd_reply_unref(reply);
}

/* A peer that has closed the connection may have sent something before, so it is still read. */
static void flush(struct xdpd_connection *connection)
{
	struct stream *stream = &connection->stream;
	int result = stream_flush(stream);

	if (result == -EPIPE || result == -ECONNRESET)
		stream->n_out = stream->out_fds.n_fds = 0;
	else if (result < 0 && result != -EAGAIN)
		fail(connection, XDPD_ERROR_DISCONNECTED, result);
	if (connection->first && stream->out_fds.n_fds == 0)
		fds_done(&connection->first->fds);
}

static void send_first(struct xdpd_connection *connection)
{
	struct call *call = connection->first;

	if (call && !connection->sent) {
		connection->sent = true;
		if (stream_write(&connection->stream, call->text, &call->fds) < 0)
			fail(connection, XDPD_ERROR_DISCONNECTED, -ENOMEM);
	}
	flush(connection);
}

/* True: something arrived. */
static bool receive(struct xdpd_connection *connection)
{
	int result = stream_read(&connection->stream);

	if (result > 0)
		return true;
	if (result != -EAGAIN)
		fail(connection, XDPD_ERROR_DISCONNECTED, result ?: -ECONNRESET);
	return false;
}

static bool is_overdue(const struct xdpd_connection *connection)
{
	const struct call *call = connection->first;

	return call && call->deadline != XDPD_FOREVER &&
	       clock_usec(CLOCK_MONOTONIC) >= call->deadline;
}

/* May the next message be the reply to the first call? */
static bool is_in_step(const struct xdpd_connection *connection)
{
	return !connection->failure || !strcmp(connection->failure_name, XDPD_ERROR_DISCONNECTED);
}

/* Delivers the next message, if it is complete. */
static bool advance(struct xdpd_connection *connection)
{
	cleanup(freep) char *message = NULL;
	cleanup(fds_done) struct fds fds = {};

	if (!connection->first || !is_in_step(connection) ||
	    !stream_has_message(&connection->stream))
		return false;
	message = stream_next(&connection->stream, &fds);
	if (message)
		deliver(connection, message, &fds);
	else
		fail(connection, XDPD_ERROR_DISCONNECTED, -ENOMEM);
	return message;
}

static size_t count_calls(const struct xdpd_connection *connection)
{
	size_t n = 0;

	for (const struct call *call = connection->first; call; call = call->next)
		n++;
	return n;
}

int connection_renew(struct xdpd_connection *connection, struct xdpd_error *error)
{
	int fd;

	/* Counted before, because a handler may add a call, which is for the new connection. */
	for (size_t n = count_calls(connection); n > 0 && !connection->disconnected; n--)
		deliver_failure(connection);
	if (connection->disconnected)
		return public_error_set(error, XDPD_ERROR_DISCONNECTED, ENOTCONN,
					"the program disconnected from xdpd");
	fd = connect_to(connection->path);
	if (fd < 0)
		return no_daemon(connection->path, fd, error);
	stream_done(&connection->stream);
	stream_init(&connection->stream, fd, SIZE_MAX - 1);
	connection->sent = false;
	connection->listens = false;
	connection->failure = 0;
	connection->failure_name = NULL;
	return 0;
}

static int process(struct xdpd_connection *connection)
{
	bool received;

	if (advance(connection))
		return 1;
	if (!connection->failure)
		send_first(connection);
	received = !connection->failure && receive(connection);
	if (received)
		return 1;
	if (!connection->failure && is_overdue(connection))
		fail(connection, XDPD_ERROR_TIMED_OUT, -ETIMEDOUT);
	if (!connection->failure)
		return 0;
	if (!connection->first)
		return connection->failure;
	deliver_failure(connection);
	return 1;
}

int xdpd_process(struct xdpd_connection *connection)
{
	int result;

	connection_hold(connection);
	result = process(connection);
	return connection_release(connection) ? result : -ENOTCONN;
}

int xdpd_get_fd(const struct xdpd_connection *connection)
{
	return connection->stream.fd;
}

int xdpd_get_events(const struct xdpd_connection *connection)
{
	return POLLIN | (connection->stream.n_out > 0 ? POLLOUT : 0);
}

int xdpd_get_timeout(const struct xdpd_connection *connection, uint64_t *ret_usec)
{
	const struct call *call = connection->first;

	if (connection->failure || (call && !connection->sent))
		*ret_usec = 0;
	else
		*ret_usec = call ? call->deadline : XDPD_FOREVER;
	return 0;
}

int xdpd_wait(struct xdpd_connection *connection, uint64_t usec)
{
	struct pollfd poll_fd = { .fd = xdpd_get_fd(connection),
				  .events = xdpd_get_events(connection) };
	uint64_t end = deadline_after(usec), due, now, left;
	struct timespec time;
	int result;

	xdpd_get_timeout(connection, &due);
	if (due == 0)
		return 1;
	now = clock_usec(CLOCK_MONOTONIC);
	left = (due < end ? due : end) > now ? (due < end ? due : end) - now : 0;
	time = (struct timespec){ left / 1000000, left % 1000000 * 1000 };
	result = ppoll(&poll_fd, 1, due < end || end != XDPD_FOREVER ? &time : NULL, NULL);
	if (result < 0)
		return -errno;
	return result > 0 || due <= end;
}
