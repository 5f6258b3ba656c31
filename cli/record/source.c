// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/record/source.h"

#include "base/cleanup.h"
#include "cli/or-abort.h"
#include "cli/show.h"

#include <string.h>
#include <time.h>

/* Records that are copied before signals and replies are looked at again. */
#define BATCH 4096
/* The kernel may fill the buffers as fast as they are read. */
#define BATCHES_MAX 256

uint64_t source_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

const char *source_device(const struct source *source)
{
	return reply_text(source->latest, "device");
}

const char *source_netns(const struct source *source)
{
	return reply_text(source->latest, "netns");
}

static void take_reply(void *userdata, const json_t *reply)
{
	struct source *source = userdata;

	json_decref(source->latest);
	source->latest = json_incref((json_t *)reply);
	if (!source->ring->header)
		return;
	if (strcmp(source->ring->header->device, source_device(source)) != 0)
		ring_writer_set_device(source->ring, source_device(source));
	ring_writer_add_chain(source->ring, reply);
}

enum exit_status source_new(struct ring_writer *ring, const char *socket_path,
			    const struct trace_request *request, struct source **ret)
{
	struct source *source = or_abort(calloc(1, sizeof(*source)));
	struct trace_request unlimited = *request;

	unlimited.seconds = (struct number){ true, 0 };
	source->ring = ring;
	source->session = (struct trace_session){ .heard = take_reply,
						  .userdata = source,
						  .ret = &source->refusal };
	*ret = source;
	return trace_session_begin(&source->session, socket_path, &unlimited);
}

void source_drop(struct source **p)
{
	struct source *source = steal(*p);

	if (!source)
		return;
	trace_session_end(&source->session);
	json_decref(source->refusal);
	json_decref(source->latest);
	free(source);
}

bool source_continues(const struct source *source, enum exit_status status)
{
	return status == EXIT_DONE && source->session.conversation.continues &&
	       !source->session.error.message;
}

const char *source_end_reason(const struct source *source, enum exit_status status)
{
	const json_t *refused = json_object_get(source->refusal, "parameters");
	const char *ended = reply_text(source->latest, "ended");

	if (source->session.error.message)
		return source->session.error.message;
	if (status == EXIT_REFUSED)
		return json_string_value(json_object_get(refused, "message"))
			       ?: "xdpd refused the trace";
	if (*ended)
		return ended;
	return source->session.has_begun ? "xdpd closed the connection" : "xdpd cannot be reached";
}

static void note_lost(struct source *source, uint64_t time)
{
	uint64_t n_lost = source->session.rings.n_lost;

	if (n_lost > source->n_lost)
		ring_writer_add_lost(source->ring, time, n_lost - source->n_lost);
	source->n_lost = n_lost;
}

bool source_drain(struct source *source)
{
	uint64_t now = source_clock(CLOCK_REALTIME);
	uint64_t offset = now - source_clock(CLOCK_MONOTONIC);
	struct ring_record record;
	bool is_empty = false;

	rings_count_lost(&source->session.rings);
	for (size_t i = 0; i < BATCH && !is_empty; i++) {
		is_empty = !trace_session_take(&source->session, &record);
		if (is_empty)
			break;
		source->recorded_until = record.record.time_ns + offset;
		note_lost(source, source->recorded_until);
		ring_writer_add_packet(source->ring, source->recorded_until, &record.record,
				       record.bytes);
	}
	note_lost(source, now);
	ring_writer_set_alive(source->ring, now);
	return is_empty;
}

void source_drain_all(struct source *source)
{
	source->session.conversation.continues = false;
	for (int i = 0; i < BATCHES_MAX && !source_drain(source); i++)
		;
}

void source_end(struct source *source)
{
	client_end(&source->session.conversation);
	source->session.conversation.continues = false;
}
