// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Trace: lets a device record packets into ring buffers, which the client maps. The daemon never reads what the
 * client can write; it only tells what the records mean, again whenever that changes. The trace ends with the connection.
 */
#define _GNU_SOURCE
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/linkers/codegen/filter.h"
#include "daemon/service/audit.h"
#include "daemon/service/client-netns.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/varlink-service.h"
#include "ipc/trace-record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPLEN_DEFAULT 128

struct trace_session {
	struct peer *peer;
	struct tracer *tracer; /* NULL: it has ended */
	char *packets;	       /* which ones it sees, for the log */
	json_t *state; /* the reply with what records mean now; NULL: the trace has not begun */
	bool is_told;  /* the client was sent that reply */
	const struct ring_buffers *buffers; /* the tracer's */
	size_t n_sent; /* descriptors: first the one of the counters, then those of the buffers */
};

static const char *text_of(const json_t *state, const char *name)
{
	return json_string_value(json_object_get(state, name));
}

static struct events *events_of(const struct trace_session *session)
{
	return control_events(peer_context(session->peer)->control);
}

static void trace_session_drop(struct trace_session **p)
{
	struct trace_session *session = steal(*p);

	if (!session)
		return;
	tracers_end(&session->tracer);
	if (session->state)
		audit_trace_ended(events_of(session), peer_credentials(session->peer),
				  text_of(session->state, "device"),
				  text_of(session->state, "netns"));
	json_decref(session->state);
	free(session->packets);
	free(session);
}

static bool is_complete(const struct trace_session *session)
{
	return session->n_sent > session->buffers->n_fds;
}

/* Duplicates the next descriptors; fewer if there is no memory for more. */
static void take_descriptors(const struct trace_session *session, struct fds *ret)
{
	const struct ring_buffers *buffers = session->buffers;

	for (size_t i = session->n_sent; i <= buffers->n_fds && ret->n_fds < FDS_MAX; i++) {
		int fd = fcntl(i == 0 ? buffers->lost_fd : buffers->fds[i - 1], F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return;
		ret->fds[ret->n_fds++] = fd;
	}
}

/* Sends one reply, with as many descriptors as fit. False: the client has to read first. */
static bool send_next(struct trace_session *session)
{
	cleanup(json_decrefp) json_t *reply = json_copy(session->state);
	cleanup(fds_done) struct fds fds = {};
	json_t *positions = json_array();

	take_descriptors(session, &fds);
	for (size_t i = session->n_sent == 0; i < fds.n_fds; i++)
		json_array_append_new(positions, json_integer((json_int_t)i));
	if (fds.n_fds && session->n_sent == 0)
		json_object_set_new(reply, "lost", json_integer(0));
	if (json_array_size(positions))
		json_object_set(reply, "buffers", positions);
	json_decref(positions);
	if (!peer_continue_with(session->peer, json_incref(reply), fds.n_fds ? &fds : NULL))
		return false;
	session->is_told = true;
	session->n_sent += fds.n_fds;
	fds.n_fds = 0;
	return true;
}

static void send_state(struct trace_session *session)
{
	size_t n_sent;

	do {
		n_sent = session->n_sent;
		if (!send_next(session))
			return;
	} while (!is_complete(session) && session->n_sent > n_sent);
}

static json_t *encode_components(const struct trace_view *view)
{
	json_t *list = json_array();

	for (size_t i = 0; i < view->n_components; i++) {
		const struct traced_component *component = &view->components[i];
		json_t *object = *component->sha256
					 ? json_sprintf(OBJECT_SHA256 "%s", component->sha256)
					 : NULL;

		json_array_append_new(list,
				      json_pack("{s:o, s:o*, s:o}", "name",
						text_encode(component->name), "object", object,
						"program", text_encode(component->program)));
	}
	return list;
}

static void changed(void *userdata, const struct trace_view *view,
		    const struct ring_buffers *buffers)
{
	struct trace_session *session = userdata;

	if (!session->state)
		audit_traced(events_of(session), peer_credentials(session->peer), view->ifname,
			     view->netns, session->packets);
	json_decref(session->state);
	session->state = json_pack(
		"{s:o, s:o*, s:I, s:o, s:b, s:I, s:I, s:I}", "device", text_encode(view->ifname),
		"netns", view->netns ? text_encode(view->netns) : NULL, "generation",
		(json_int_t)view->generation, "components", encode_components(view), "policy",
		view->has_policy, "n_buffers", (json_int_t)buffers->n_fds, "buffer_bytes",
		(json_int_t)buffers->size, "n_lost_counters", (json_int_t)buffers->n_counters);
	session->is_told = false;
	session->buffers = buffers;
	send_state(session);
}

static void renamed(void *userdata, const char *ifname)
{
	struct trace_session *session = userdata;

	json_object_set_new(session->state, "device", text_encode(ifname));
	session->is_told = false;
	send_state(session);
}

/* The last reply says why. */
static void trace_ended(void *userdata, const char *sentence, const struct error *error)
{
	struct trace_session *session = userdata;
	struct peer *peer = session->peer;
	json_t *last = session->state ? json_incref(session->state) : NULL;

	peer_stream_end(peer);
	session->tracer = NULL; /* its owner frees it */
	trace_session_drop(&session);
	if (error) {
		json_decref(last);
		peer_fail(peer, error);
		return;
	}
	if (!last) {
		cleanup(error_done) struct error failure = {};

		error_set(&failure, ERROR_NO_SUCH_DEVICE, -ENODEV, "%s", sentence);
		peer_fail(peer, &failure);
		return;
	}
	json_object_set_new(last, "ended", text_encode(sentence));
	peer_reply(peer, last);
}

static const struct tracer_events tracer_events = { changed, renamed, trace_ended };

static void drained(void *userdata)
{
	struct trace_session *session = userdata;

	if (session->state && (!session->is_told || !is_complete(session)))
		send_state(session);
}

static void ended(void *userdata)
{
	struct trace_session *session = userdata;

	trace_session_drop(&session);
}

static const struct peer_stream_events stream_events = { drained, ended };

static int invalid_filter(const char *why, struct error *error)
{
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL, "filter: %s", why);
}

static int read_filter(const char *text, struct tracer_options *ret, struct error *error)
{
	cleanup(freep) unsigned char *bytes = NULL;
	size_t size;
	int result;

	if (!text)
		return 0;
	bytes = malloc(base64_decoded_max(strlen(text)));
	if (!bytes)
		return error_memory(error);
	if (!base64_decode(text, strlen(text), bytes, &size))
		return invalid_filter("it is not base64", error);
	if (!size || size % sizeof(struct sock_filter))
		return invalid_filter("it is not an array of struct sock_filter", error);
	ret->n_filter = size / sizeof(struct sock_filter);
	ret->filter = (struct sock_filter *)steal(bytes);
	result = filter_check(ret->n_filter, ret->filter, error);
	if (result < 0)
		error_prefix(error, "filter: ");
	return result;
}

static uint64_t number_or(const struct number *number, uint64_t missing)
{
	return number->given ? number->value : missing;
}

static int read_options(struct trace_request *request, struct tracer_options *ret,
			struct error *error)
{
	int result = netns_path(request->netns, &ret->netns, error);

	if (result == 0)
		result = read_filter(request->filter, ret, error);
	ret->ifname = steal(request->device);
	ret->component = steal(request->component);
	ret->verdicts = number_or(&request->verdicts, VERDICTS_ALL);
	ret->sample = number_or(&request->sample, 1);
	ret->snaplen = number_or(&request->snaplen, SNAPLEN_DEFAULT);
	ret->seconds = number_or(&request->seconds, TRACE_SECONDS_MAX);
	ret->journey = request->journey;
	if (result == 0 && !ret->verdicts)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "verdicts: name at least one verdict");
	return result;
}

/* For example ", 1 packet in 100, 64 bytes of each, chosen by a filter"; NULL: no memory. */
static char *describe_packets(const struct tracer_options *options)
{
	char *text;

	return asprintf(&text, ", 1 packet in %u, %u bytes of each%s", options->sample,
			options->snaplen, options->n_filter ? ", chosen by a filter" : "") < 0
		       ? NULL
		       : text;
}

int method_trace(struct peer *peer, void *userdata, struct error *error)
{
	cleanup(trace_session_drop) struct trace_session *session = NULL;
	cleanup(tracer_options_done) struct tracer_options options = {};
	struct tracers *tracers = control_tracers(peer_context(peer)->control);
	int result;

	if (!peer_wants_more(peer)) {
		peer_fail_named(peer, VARLINK_SERVICE ".ExpectedMore", json_object());
		return 0;
	}
	result = read_options(userdata, &options, error);
	if (result < 0)
		return result;
	session = calloc(1, sizeof(*session));
	if (!session)
		return error_memory(error);
	session->peer = peer;
	session->packets = describe_packets(&options);
	if (!session->packets)
		return error_memory(error);
	result = tracers_begin(tracers, &options, &tracer_events, session, &session->tracer, error);
	if (result < 0)
		return result;
	peer_stream(peer, &stream_events, session);
	steal(session);
	return 0;
}
