// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/record/status.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *state_of(const struct recording *recording)
{
	if (recording->failure.message)
		return "damaged";
	if (recording->header.phase == RING_STOPPED)
		return "stopped";
	if (!recording->pid)
		return "killed";
	return recording->header.phase == RING_WAITING ? "waiting" : "recording";
}

static json_t *microseconds(uint64_t nanoseconds)
{
	return json_integer((json_int_t)(nanoseconds / 1000));
}

/* NULL, which is left out of the reply, for an empty text. */
static json_t *optional_text(const char *text)
{
	return *text ? text_encode(text) : NULL;
}

json_t *recording_encode(const struct recording *recording)
{
	const struct ring_header *header = &recording->header;
	const char *state = state_of(recording);
	bool is_killed = !strcmp(state, "killed"), is_waiting = !strcmp(state, "waiting");

	if (recording->failure.message)
		return json_pack("{s:o, s:s, s:o}", "file", text_encode(recording->path), "state",
				 state, "failure", text_encode(recording->failure.message));
	return json_pack(
		"{s:o, s:s, s:o, s:o*, s:o*, s:o, s:o, s:o*, s:I, s:I, s:I, s:o*, s:I, s:I}",
		"file", text_encode(recording->path), "state", state, "ifname",
		text_encode(header->device), "netns", optional_text(header->netns), "reason",
		is_waiting ? optional_text(header->reason) : NULL, "since",
		microseconds(is_killed ? header->alive : header->since), "started",
		microseconds(header->started), "pid",
		recording->pid > 0 ? json_integer(recording->pid) : NULL, "bytes",
		(json_int_t)(header->n_segments * header->segment_bytes), "sample",
		(json_int_t)header->sample, "snaplen", (json_int_t)header->snaplen, "expression",
		optional_text(header->expression), "packets", (json_int_t)header->n_packets, "lost",
		(json_int_t)header->n_lost);
}

static const struct column columns[] = {
	{ "DEVICE", COLUMN_LEFT }, { "STATE", COLUMN_LEFT },
	{ "SINCE", COLUMN_LEFT },  { "PACKETS", COLUMN_RIGHT },
	{ "LOST", COLUMN_RIGHT },  { "MIB", COLUMN_RIGHT },
	{ "PID", COLUMN_RIGHT },   {},
};

static void add_time(struct table *table, uint64_t usec)
{
	time_t seconds = (time_t)(usec / 1000000);
	char text[32] = "";
	struct tm local;

	if (localtime_r(&seconds, &local))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
	table_add(table, text);
}

static void add_row(struct table *table, const json_t *recording)
{
	uint64_t pid = reply_number(recording, "pid");
	char text[24] = "-";

	if (pid)
		snprintf(text, sizeof(text), "%" PRIu64, pid);
	table_add(table, reply_text(recording, "ifname"));
	table_add(table, reply_text(recording, "state"));
	add_time(table, reply_number(recording, "since"));
	table_add_number(table, reply_number(recording, "packets"));
	table_add_number(table, reply_number(recording, "lost"));
	table_add_number(table, reply_number(recording, "bytes") >> 20);
	table_add(table, text);
}

/* What does not fit into the table. */
static void print_remarks(const json_t *recording)
{
	const char *netns = reply_text(recording, "netns");
	const char *reason = reply_text(recording, "reason");

	if (*reply_text(recording, "failure")) {
		printf("  %s\n", reply_text(recording, "failure"));
		return;
	}
	printf("  %s%s%s: one packet in %" PRIu64 ", %" PRIu64 " bytes of each, in '%s'",
	       reply_text(recording, "ifname"), *netns ? " in " : "", netns,
	       reply_number(recording, "sample"), reply_number(recording, "snaplen"),
	       reply_text(recording, "file"));
	if (*reply_text(recording, "expression"))
		printf(", only '%s'", reply_text(recording, "expression"));
	putchar('\n');
	if (*reason)
		printf("  %s is not recorded at present: %s\n", reply_text(recording, "ifname"),
		       reason);
}

void recordings_show(const json_t *reply)
{
	cleanup(table_drop) struct table *table = table_new(columns);
	json_t *list = json_object_get(reply, "recordings"), *recording;
	size_t i, n_rows = 0;

	json_array_foreach(list, i, recording)
	{
		if (!*reply_text(recording, "ifname"))
			continue;
		add_row(table, recording);
		n_rows++;
	}
	if (n_rows > 0)
		table_print(table, stdout, terminal_width());
	json_array_foreach(list, i, recording) print_remarks(recording);
	if (!json_array_size(list))
		puts("nothing is recorded; 'xdpctl record start' begins a recording");
}
