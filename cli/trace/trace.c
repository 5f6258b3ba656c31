// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/trace/trace.h"

#include "base/cleanup.h"
#include "cli/show.h"
#include "cli/trace/journeys.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

/* Buffers are read at least this often, because the kernel reports new records only now and then. */
#define WAIT_MAX 100 /* milliseconds */
/* Records that are shown before signals and replies are looked at again. */
#define BATCH 4096

/* The latest record of each buffer, to find what changed since; all records of a packet are in one. */
struct previous {
	struct trace_record record;
	unsigned char *bytes; /* with room for the longest record */
};

struct tracer {
	const struct trace_options *options;
	struct trace_session session;
	struct traced_chains chains;
	size_t n_previous; /* one for each ring; only for journeys */
	struct previous *previous;
	struct journeys journeys; /* of packets that may not be wanted */
	uint64_t clock_offset;	  /* from the clock of the records to nanoseconds since 1970 */
	int signals;
	FILE *file; /* of pcapng; NULL: lines on stdout */
	struct capture_file capture;
	uint64_t n_records, n_packets;
	bool is_done; /* the count, or a failure */
	uint64_t
		until; /* of the clock of the records: when a signal ended the trace; 0: none did */
	struct error error;
};

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_file(struct tracer *tracer)
{
	const struct trace_options *options = tracer->options;

	if (!options->path)
		return 0;
	tracer->file = strcmp(options->path, "-") ? fopen(options->path, "we") : stdout;
	if (!tracer->file)
		return error_set(&tracer->error, ERROR_INVALID_ARGUMENT, -errno,
				 "cannot write '%s': %s", options->path, strerror(errno));
	capture_file_init(&tracer->capture, tracer->file, options->expression, options->snaplen,
			  NULL);
	return 0;
}

static void forget_previous(struct tracer *tracer)
{
	for (size_t i = 0; i < tracer->n_previous; i++)
		free(tracer->previous[i].bytes);
	free(tracer->previous);
	tracer->previous = NULL;
	tracer->n_previous = 0;
}

/* The first replies have the buffers, each as many as fit. */
static int make_previous(struct tracer *tracer)
{
	forget_previous(tracer);
	tracer->previous = calloc(tracer->session.rings.n_items, sizeof(*tracer->previous));
	if (!tracer->previous)
		return error_memory(&tracer->error);
	while (tracer->n_previous < tracer->session.rings.n_items) {
		struct previous *previous = &tracer->previous[tracer->n_previous++];

		previous->bytes = malloc(UINT16_MAX);
		if (!previous->bytes)
			return error_memory(&tracer->error);
	}
	return 0;
}

static void announce(const struct tracer *tracer, const json_t *reply)
{
	const char *ended = json_string_value(json_object_get(reply, "ended"));
	const char *device = reply_text(reply, "device"), *before = tracer->chains.device;

	if (before && strcmp(before, device) != 0)
		report_error("%s was renamed to %s", before, device);
	if (ended)
		report_error("the trace ended: %s", ended);
	else if (tracer->chains.n_items == 0)
		report_error("tracing %s, generation %" PRIu64 "; interrupt with Ctrl-C", device,
			     reply_number(reply, "generation"));
}

static void take_reply(void *userdata, const json_t *reply)
{
	struct tracer *tracer = userdata;
	cleanup(json_decrefp) json_t *safe = tracer->options->json ? json_incref((json_t *)reply)
								   : reply_printable(reply);

	announce(tracer, safe);
	traced_chains_add(&tracer->chains, safe);
	if (tracer->options->journey && tracer->session.rings.n_items > tracer->n_previous)
		tracer->is_done |= make_previous(tracer) < 0;
	tracer->is_done |= tracer->session.error.message != NULL;
}

static void compare(struct sighting *sighting, const struct previous *previous)
{
	const struct trace_record *now = sighting->record, *before = &previous->record;
	size_t size = now->captured < before->captured ? now->captured : before->captured;
	size_t from = 0, end = size;

	if (now->packet != before->packet || before->generation == 0)
		return;
	if (now->length != before->length) {
		sighting->changed = true;
		return;
	}
	while (from < end && previous->bytes[from] == sighting->bytes[from])
		from++;
	while (end > from && previous->bytes[end - 1] == sighting->bytes[end - 1])
		end--;
	sighting->changed = from < end;
	sighting->changed_from = from < end ? from : 0;
	sighting->changed_end = from < end ? end : 0;
}

static void remember(const struct sighting *sighting, struct previous *previous)
{
	previous->record = *sighting->record;
	memcpy(previous->bytes, sighting->bytes, sighting->record->captured);
}

static void show(struct tracer *tracer, const struct sighting *sighting)
{
	if (tracer->file) {
		capture_file_add(&tracer->capture, sighting, tracer->session.rings.n_lost);
	} else if (tracer->options->json) {
		cleanup(json_decrefp) json_t *encoded = sighting_encode(sighting);

		show_json(encoded);
	} else {
		sighting_print(stdout, sighting, tracer->options->journey);
	}
}

static void show_record(void *userdata, const struct ring_record *record)
{
	struct tracer *tracer = userdata;
	struct sighting sighting;

	sighting_init(&sighting, &tracer->chains, record);
	sighting.time = record->record.time_ns + tracer->clock_offset;
	if (tracer->options->journey) {
		compare(&sighting, &tracer->previous[record->ring]);
		remember(&sighting, &tracer->previous[record->ring]);
	}
	show(tracer, &sighting);
	tracer->n_records++;
	if (sighting.place != SIGHTING_LEAVE)
		return;
	tracer->n_packets++;
	tracer->is_done |= tracer->n_packets == tracer->options->count;
}

/* The kernel records each step of all packets, because it does not know yet how they will leave the chain. */
static void take_record(struct tracer *tracer, const struct ring_record *record)
{
	const struct trace_options *options = tracer->options;
	bool leaves = record->record.flags & TRACE_LEFT;

	if (tracer->until && record->record.time_ns > tracer->until) {
		tracer->is_done = true;
		return;
	}
	if (options->journey && options->chooses && !leaves) {
		journeys_keep(&tracer->journeys, record);
		return;
	}
	journeys_release(&tracer->journeys, record, show_record, tracer);
	show_record(tracer, record);
}

/* Sends out what was shown. False: the file cannot be written, and that is reported. */
static bool flush(struct tracer *tracer)
{
	FILE *file = tracer->file ?: stdout;
	const char *why = fflush(file) != 0 ? strerror(errno) : "not everything was written";

	if (!ferror(file))
		return true;
	error_set(&tracer->error, ERROR_INVALID_ARGUMENT, -EIO, "cannot write %s%s%s: %s",
		  tracer->file ? "'" : "", tracer->file ? tracer->options->path : "the output",
		  tracer->file ? "'" : "", why);
	return false;
}

/* False: there may be more records. A file that can no longer be written ends the trace. */
static bool drain(struct tracer *tracer)
{
	struct ring_record record;
	bool is_empty = false;

	rings_count_lost(&tracer->session.rings);
	for (size_t i = 0; i < BATCH && !tracer->is_done && !is_empty; i++) {
		is_empty = !trace_session_take(&tracer->session, &record);
		if (!is_empty)
			take_record(tracer, &record);
	}
	tracer->is_done |= !flush(tracer);
	return is_empty;
}

/* Waits for records, replies and signals, and handles them. */
static enum exit_status step(struct tracer *tracer)
{
	bool is_empty = drain(tracer), is_signalled = false;
	enum exit_status status;

	if (tracer->is_done)
		return EXIT_DONE;
	status = trace_session_wait(&tracer->session, tracer->signals, is_empty ? WAIT_MAX : 0,
				    &is_signalled);
	if (is_signalled)
		tracer->until = read_clock(CLOCK_MONOTONIC);
	return status;
}

static void report_end(const struct tracer *tracer)
{
	if (tracer->file && strcmp(tracer->options->path, "-"))
		report_error("%" PRIu64 " records of packets are in '%s'", tracer->n_records,
			     tracer->options->path);
	else if (!tracer->n_records)
		report_error("no packet was recorded");
	if (tracer->session.rings.n_lost)
		report_error("%" PRIu64 " records were lost because there were too many of them; "
			     "use --sample, a narrower filter or a smaller --snaplen",
			     tracer->session.rings.n_lost);
}

/* Shows what is in the buffers after the last reply or at a signal, and completes the file. */
static void finish(struct tracer *tracer)
{
	tracer->session.conversation.continues = false;
	while (!tracer->is_done && !drain(tracer))
		;
	rings_count_lost(&tracer->session.rings);
	if (tracer->file) {
		capture_file_end(&tracer->capture, tracer->chains.device,
				 read_clock(CLOCK_MONOTONIC) + tracer->clock_offset,
				 tracer->session.rings.n_lost);
		flush(tracer);
	}
	if (!tracer->error.message && !tracer->session.error.message)
		report_end(tracer);
}

static void tracer_done(struct tracer *tracer)
{
	forget_previous(tracer);
	journeys_done(&tracer->journeys);
	if (tracer->file && tracer->file != stdout)
		fclose(tracer->file);
	trace_session_end(&tracer->session);
	traced_chains_done(&tracer->chains);
	closep(&tracer->signals);
	error_done(&tracer->error);
}

/* Until the first reply a signal ends the process, and with it the trace. */
static enum exit_status begin(struct tracer *tracer, const char *socket_path,
			      const struct trace_request *request)
{
	struct conversation *conversation = &tracer->session.conversation;
	enum exit_status status = trace_session_begin(&tracer->session, socket_path, request);

	while (status == EXIT_DONE && conversation->continues && !tracer->session.has_begun)
		status = client_process(conversation, true);
	if (tracer->chains.n_items > 0)
		tracer->signals = open_signals();
	return status;
}

static enum exit_status run(struct tracer *tracer, const char *socket_path,
			    const struct trace_request *request)
{
	enum exit_status status = begin(tracer, socket_path, request);

	/* A trace that was refused leaves the file as it is. */
	if (tracer->chains.n_items == 0 || tracer->is_done || open_file(tracer) < 0)
		return status;
	while (status == EXIT_DONE && tracer->session.conversation.continues && !tracer->is_done &&
	       !tracer->until)
		status = step(tracer);
	finish(tracer);
	return status;
}

enum exit_status trace_run(const char *socket_path, const struct trace_request *request,
			   const struct trace_options *options, json_t **ret)
{
	cleanup(tracer_done) struct tracer tracer = {
		.options = options,
		.session = { .heard = take_reply, .userdata = &tracer, .ret = ret },
		.signals = -1,
		.clock_offset = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC),
	};
	const struct error *error;
	enum exit_status status;

	status = run(&tracer, socket_path, request);
	error = tracer.session.error.message ? &tracer.session.error : &tracer.error;
	if (!error->message)
		return status;
	json_decref(*ret);
	*ret = refusal_new(error);
	return EXIT_REFUSED;
}
