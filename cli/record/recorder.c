// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A recorder is a client of Trace without a time limit. It copies records from the buffers that the kernel fills to
 * the ring in its file, and traces again whenever a trace ends.
 */
#define _GNU_SOURCE
#include "cli/record/recorder.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/or-abort.h"
#include "cli/record/recordings.h"
#include "cli/record/source.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>

/* Buffers are read at least this often, because the kernel reports new records only now and then. */
#define WAIT_MAX 100 /* milliseconds */
/* Pauses before another trace is tried: each is twice the one before. */
#define RETRY_MIN 100 /* milliseconds */
#define RETRY_MAX 5000

struct recorder {
	const struct recorder_options *options;
	const struct trace_request *request;
	int signals;
	bool is_over; /* a signal arrived */
	struct ring_writer ring;
	/* The daemon of the previous trace may have ended while the chain still records into its buffers. */
	struct source *source, *previous;
	uint64_t interrupted; /* when the trace ended; 0: it runs */
	char *reason;	      /* why it ended */
	struct error error;
};

static enum exit_status wait_for_begin(struct recorder *recorder, struct source *source)
{
	enum exit_status status = EXIT_DONE;

	while (source_continues(source, status) && !source->session.has_begun &&
	       !recorder->is_over) {
		status = trace_session_wait(&source->session, recorder->signals, WAIT_MAX,
					    &recorder->is_over);
		if (recorder->previous)
			source_drain(recorder->previous);
	}
	return status;
}

/* A reason that lasts is reported once. */
static void note_reason(struct recorder *recorder, const char *reason)
{
	char *copy = or_abort(strdup(reason));
	bool is_new = !recorder->reason || strcmp(recorder->reason, copy) != 0;

	free(recorder->reason);
	recorder->reason = copy;
	if (!is_new)
		return;
	report_error("%s: recording is interrupted, and retried: %s", recorder->ring.header->device,
		     copy);
	ring_writer_set_phase(&recorder->ring, RING_WAITING, recorder->interrupted, copy);
}

static void interrupt(struct recorder *recorder, enum exit_status status)
{
	recorder->interrupted = source_clock(CLOCK_REALTIME);
	note_reason(recorder, source_end_reason(recorder->source, status));
	source_end(recorder->source);
	recorder->previous = steal(recorder->source);
}

/* A chain records until another one is swapped in, which may be later than the end of the daemon. */
static void end_gap(struct recorder *recorder, uint64_t now)
{
	uint64_t until = recorder->previous->recorded_until;
	uint64_t from = recorder->interrupted > until ? recorder->interrupted : until;

	if (from < now)
		ring_writer_add_gap(&recorder->ring, from, now, recorder->reason);
}

static void resume(struct recorder *recorder)
{
	uint64_t now = source_clock(CLOCK_REALTIME);

	source_drain_all(recorder->previous);
	end_gap(recorder, now);
	source_drop(&recorder->previous);
	ring_writer_set_phase(&recorder->ring, RING_RECORDING, now, NULL);
	report_error("%s: recording again", recorder->ring.header->device);
	free(steal(recorder->reason));
	recorder->interrupted = 0;
}

/* Records until the trace ends. */
static void record(struct recorder *recorder)
{
	struct source *source = recorder->source;
	enum exit_status status = EXIT_DONE;

	while (source_continues(source, status) && !recorder->is_over) {
		bool is_empty = source_drain(source);

		status = trace_session_wait(&source->session, recorder->signals,
					    is_empty ? WAIT_MAX : 0, &recorder->is_over);
	}
	if (!recorder->is_over)
		interrupt(recorder, status);
}

/* Waits for so many milliseconds, or until a signal arrives. */
static void pause_for(struct recorder *recorder, int milliseconds)
{
	uint64_t until = source_clock(CLOCK_MONOTONIC) + (uint64_t)milliseconds * 1000000;

	while (!recorder->is_over && source_clock(CLOCK_MONOTONIC) < until) {
		struct pollfd signals = { .fd = recorder->signals, .events = POLLIN };

		recorder->is_over = poll(&signals, 1, WAIT_MAX) > 0;
		source_drain(recorder->previous);
	}
}

/* Without a message for each time that nothing answers, which client_begin() prints. */
static bool can_connect(const struct recorder *recorder)
{
	struct xdpd_error error = XDPD_ERROR_NULL;
	struct xdpd_connection *connection = NULL;
	bool connects = xdpd_connect(recorder->options->socket, &connection, &error) == 0;

	xdpd_disconnect(connection);
	xdpd_error_free(&error);
	return connects;
}

/* True: the device is traced again. */
static bool try_again(struct recorder *recorder)
{
	struct trace_request request = *recorder->request;
	cleanup(source_drop) struct source *source = NULL;
	enum exit_status status;

	if (!can_connect(recorder)) {
		note_reason(recorder, "xdpd cannot be reached");
		return false;
	}
	request.device = recorder->ring.header->device; /* its latest name */
	status = source_new(&recorder->ring, recorder->options->socket, &request, &source);
	if (status == EXIT_DONE)
		status = wait_for_begin(recorder, source);
	if (recorder->is_over)
		return false;
	if (!source->session.has_begun || !source_continues(source, status)) {
		note_reason(recorder, source_end_reason(source, status));
		return false;
	}
	recorder->source = steal(source);
	return true;
}

static void retry(struct recorder *recorder)
{
	int milliseconds = RETRY_MIN;

	while (!recorder->is_over) {
		pause_for(recorder, milliseconds);
		if (!recorder->is_over && try_again(recorder)) {
			resume(recorder);
			return;
		}
		milliseconds = milliseconds * 2 < RETRY_MAX ? milliseconds * 2 : RETRY_MAX;
	}
}

static void finish(struct recorder *recorder)
{
	uint64_t now = source_clock(CLOCK_REALTIME);

	if (recorder->source)
		source_drain_all(recorder->source);
	if (recorder->previous)
		source_drain_all(recorder->previous);
	if (recorder->interrupted)
		end_gap(recorder, now);
	ring_writer_set_phase(&recorder->ring, RING_STOPPED, now, NULL);
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* An empty file is one of a recorder that did not begin. */
static void remove_empty(int fd, const char *path)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && status.st_size == 0)
		unlink(path);
}

static int open_ring(struct recorder *recorder, int fd, const char *path)
{
	const struct trace_request *request = recorder->request;
	const struct ring_options options = {
		.size = recorder->options->size,
		.time = source_clock(CLOCK_REALTIME),
		.sample = request->sample.given ? (uint32_t)request->sample.value : 1,
		.snaplen = (uint32_t)request->snaplen.value,
		.device = source_device(recorder->source),
		.netns = source_netns(recorder->source),
		.expression = recorder->options->expression ?: "",
	};
	int result = ring_writer_open(fd, path, &options, &recorder->ring, &recorder->error);

	if (result < 0)
		remove_empty(fd, path);
	else
		ring_writer_add_chain(&recorder->ring, recorder->source->latest);
	return result;
}

static json_t *encode_answer(const struct recorder *recorder, const char *path)
{
	const struct ring_header *header = recorder->ring.header;

	return json_pack("{s:o, s:o*, s:I, s:o, s:I}", "ifname", text_encode(header->device),
			 "netns", *header->netns ? text_encode(header->netns) : NULL, "pid",
			 (json_int_t)getpid(), "file", text_encode(path), "bytes",
			 (json_int_t)(header->n_segments * header->segment_bytes));
}

/* The daemon replies with the device's own name and namespace, which the file is named for. */
static enum exit_status begin(struct recorder *recorder, struct recordings *recordings, int *ret_fd,
			      char **ret_path, json_t **ret)
{
	enum exit_status status = source_new(&recorder->ring, recorder->options->socket,
					     recorder->request, &recorder->source);
	struct source *source = recorder->source;

	if (status == EXIT_DONE)
		status = wait_for_begin(recorder, source);
	if (status != EXIT_DONE) {
		*ret = steal(source->refusal);
		return status;
	}
	if (!source->session.has_begun || source->session.error.message) {
		error_set(&recorder->error, ERROR_INTERNAL, -EBADMSG, "%s",
			  recorder->is_over ? "interrupted" : source_end_reason(source, status));
		return EXIT_REFUSED;
	}
	if (recordings_claim(recordings, source_device(source), source_netns(source), ret_fd,
			     ret_path, &recorder->error) < 0)
		return EXIT_REFUSED;
	return open_ring(recorder, *ret_fd, *ret_path) < 0 ? EXIT_REFUSED : EXIT_DONE;
}

static void recorder_done(struct recorder *recorder)
{
	source_drop(&recorder->source);
	source_drop(&recorder->previous);
	ring_writer_done(&recorder->ring);
	closep(&recorder->signals);
	free(recorder->reason);
	error_done(&recorder->error);
}

static enum exit_status run(struct recorder *recorder,
			    bool (*begun)(void *userdata, const json_t *answer), void *userdata,
			    json_t **ret)
{
	cleanup(recordings_done) struct recordings recordings = RECORDINGS_NONE;
	cleanup(json_decrefp) json_t *answer = NULL;
	cleanup(closep) int fd = -1; /* has the lock */
	cleanup(freep) char *path = NULL;
	enum exit_status status;

	if (recordings_open(recorder->options->directory, true, &recordings, &recorder->error) < 0)
		return EXIT_REFUSED;
	status = begin(recorder, &recordings, &fd, &path, ret);
	if (status != EXIT_DONE)
		return status;
	answer = encode_answer(recorder, path);
	recorder->is_over |= !begun(userdata, answer);
	while (!recorder->is_over) {
		record(recorder);
		if (!recorder->is_over)
			retry(recorder);
	}
	finish(recorder);
	return EXIT_DONE;
}

enum exit_status recorder_run(const struct recorder_options *options,
			      const struct trace_request *request,
			      bool (*begun)(void *userdata, const json_t *answer), void *userdata,
			      json_t **ret)
{
	cleanup(recorder_done) struct recorder recorder = {
		.options = options,
		.request = request,
		.signals = open_signals(),
	};
	enum exit_status status = run(&recorder, begun, userdata, ret);

	if (!recorder.error.message)
		return status;
	json_decref(*ret);
	*ret = refusal_new(&recorder.error);
	return EXIT_REFUSED;
}
