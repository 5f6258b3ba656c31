// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/trace/session.h"

#include "base/cleanup.h"
#include "cli/show.h"

#include <poll.h>
#include <time.h>

#define BUFFER_MAX (1u << 30)
/* Of lost records; more CPUs than any kernel supports. */
#define COUNTERS_MAX 65536
/* So long a packet waits for the reply that describes its generation. */
#define HOLD_MAX 2000000000 /* nanoseconds */

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/*
 * The other side may send anything; descriptors that are not taken are closed by the caller. Returns the
 * descriptor, which is the caller's then, or negative.
 */
static int take_descriptor(const json_t *index, struct fds *fds)
{
	json_int_t i = json_integer_value(index);

	if (!json_is_integer(index) || i < 0 || (size_t)i >= fds->n_fds)
		return -1;
	return steal_fd(&fds->fds[i]);
}

static int unusable(struct trace_session *session, const char *what)
{
	return error_set(&session->error, ERROR_INTERNAL, -EBADMSG,
			 "xdpd sent %s that cannot be used", what);
}

static int take_buffer(struct trace_session *session, const json_t *index, uint64_t size,
		       struct fds *fds)
{
	cleanup(closep) int fd = take_descriptor(index, fds);

	if (fd < 0 || size > BUFFER_MAX)
		return unusable(session, "a ring buffer");
	return rings_add(&session->rings, steal_fd(&fd), size, &session->error);
}

static int take_lost(struct trace_session *session, const json_t *reply, struct fds *fds)
{
	const json_t *index = json_object_get(reply, "lost");
	uint64_t n_counters = reply_number(reply, "n_lost_counters");
	cleanup(closep) int fd = -1;

	if (!index)
		return 0;
	fd = take_descriptor(index, fds);
	if (fd < 0 || n_counters > COUNTERS_MAX)
		return unusable(session, "counters of lost records");
	return rings_add_lost(&session->rings, steal_fd(&fd), n_counters, &session->error);
}

static void take_buffers(struct trace_session *session, const json_t *reply, struct fds *fds)
{
	uint64_t size = reply_number(reply, "buffer_bytes");
	int result = take_lost(session, reply, fds);
	json_t *index;
	size_t i;

	json_array_foreach(json_object_get(reply, "buffers"), i, index)
	{
		if (result == 0)
			result = take_buffer(session, index, size, fds);
	}
}

static void take_reply(void *userdata, const json_t *reply, struct fds *fds)
{
	struct trace_session *session = userdata;

	take_buffers(session, reply, fds);
	session->has_begun = true;
	session->generation = reply_number(reply, "generation");
	session->heard(session->userdata, reply);
}

enum exit_status trace_session_begin(struct trace_session *session, const char *socket_path,
				     const struct trace_request *request)
{
	session->conversation = (struct conversation){ .heard = take_reply,
						       .userdata = session,
						       .ret = session->ret };
	return client_begin(socket_path, &methods[METHOD_TRACE], request, &session->conversation);
}

bool trace_session_take(struct trace_session *session, struct ring_record *ret)
{
	uint64_t time = now();

	if (!session->is_holding) {
		if (!rings_take(&session->rings, &session->held))
			return false;
		session->held_since = time;
	}
	session->is_holding = session->conversation.continues &&
			      session->held.record.generation > session->generation &&
			      time < session->held_since + HOLD_MAX;
	*ret = session->held;
	return !session->is_holding;
}

enum exit_status trace_session_wait(struct trace_session *session, int signals, int timeout,
				    bool *ret_signal)
{
	struct xdpd_connection *connection = session->conversation.connection;
	size_t n = session->rings.n_items + 2;
	cleanup(freep) struct pollfd *waiting = calloc(n, sizeof(*waiting));

	if (!waiting)
		abort(); /* a small program, which cannot continue without memory */
	waiting[0] = (struct pollfd){ .fd = xdpd_get_fd(connection),
				      .events = (short)xdpd_get_events(connection) };
	waiting[1] = (struct pollfd){ .fd = signals, .events = POLLIN };
	rings_prepare_poll(&session->rings, waiting + 2);
	/* A buffer whose record waits is ready all the time. */
	*ret_signal = poll(waiting, session->is_holding ? 2 : n, timeout) > 0 && waiting[1].revents;
	return client_process(&session->conversation, false);
}

void trace_session_end(struct trace_session *session)
{
	client_end(&session->conversation);
	rings_done(&session->rings);
	error_done(&session->error);
}
