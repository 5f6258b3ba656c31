// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The answers of a peer: replies, errors, and streams of replies. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "daemon/service/context.h"
#include "daemon/service/peer-internal.h"
#include "daemon/service/peer.h"

#include <stdio.h>
#include <string.h>

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
	peer_flush(peer);
}

/* Takes ownership of the text. */
static void answer(struct peer *peer, char *taken)
{
	cleanup(error_done) struct error error = {};
	cleanup(freep) char *text = taken;

	if (text && quota_check_answer(peer->context->quota, strlen(text), &error) < 0) {
		peer_fail(peer, &error);
		return;
	}
	send_text(peer, text);
	peer_flush(peer);
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
	const struct quota *quota = peer->context->quota;

	return peer->stream.n_out + size <= QUOTA_FREE_BUFFER ||
	       (peer->stream.n_out == 0 && quota_check_answer(quota, size, NULL) == 0);
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
	peer_flush(peer);
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
