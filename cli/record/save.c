// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The ring is read twice, because the file says at its beginning what is missing in it. What the recorder overwrites
 * in between is missing, too, and counted.
 */
#define _GNU_SOURCE
#include "cli/record/save.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/printable.h"
#include "cli/or-abort.h"
#include "cli/record/ring-reader.h"
#include "cli/show.h"
#include "cli/terminal.h"
#include "cli/trace/capture-file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* More of them than somebody can read would only fill the memory. */
#define GAPS_MAX 256

struct gap {
	uint64_t from, to;
	char *reason; /* printable */
};

struct saving {
	const struct recording *recording;
	uint64_t begin; /* earlier packets are not wanted */
	/* What the first pass finds. */
	uint64_t first, last; /* times of packets */
	uint64_t n_found, n_lost;
	size_t n_gaps;
	struct gap *gaps;
	/* The second pass. */
	FILE *file;
	struct capture_file capture;
	struct traced_chains chains;
	uint64_t n_written, n_lost_written;
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void saving_done(struct saving *saving)
{
	while (saving->n_gaps > 0)
		free(saving->gaps[--saving->n_gaps].reason);
	free(saving->gaps);
	traced_chains_done(&saving->chains);
	if (saving->file && saving->file != stdout)
		fclose(saving->file);
}

static struct gap make_gap(uint64_t from, uint64_t to, const char *reason, size_t n_reason)
{
	cleanup(freep) char *text = or_abort(strndup(reason, n_reason));

	return (struct gap){ from, to, or_abort(printable(text)) };
}

static struct gap read_gap(const struct ring_item *item)
{
	return make_gap(item->gap.from, item->gap.to, item->rest, item->n_rest);
}

/* Takes the gap. If there are too many, the last one is longer. */
static void add_gap(struct saving *saving, struct gap gap)
{
	struct gap *longer;

	if (saving->n_gaps == GAPS_MAX) {
		saving->gaps[GAPS_MAX - 1].to = gap.to;
		free(gap.reason);
		return;
	}
	longer = or_abort(reallocarray(saving->gaps, saving->n_gaps + 1, sizeof(*longer)));
	saving->gaps = longer;
	longer[saving->n_gaps++] = gap;
}

/* First pass. */
static void count(void *userdata, const struct ring_item *item)
{
	struct saving *saving = userdata;

	if (item->kind == RING_PACKET && item->packet.time >= saving->begin) {
		saving->first = saving->n_found++ ? saving->first : item->packet.time;
		saving->last = item->packet.time;
	} else if (item->kind == RING_LOST && item->lost.time >= saving->begin) {
		saving->n_lost += item->lost.count;
	} else if (item->kind == RING_GAP && item->gap.to >= saving->begin) {
		add_gap(saving, read_gap(item));
	}
}

/* The recorder waits, or ended without writing why. */
static void add_open_gap(struct saving *saving)
{
	static const char killed[] = "the recorder was killed";
	const struct ring_header *header = &saving->recording->header;

	if (header->phase == RING_WAITING)
		add_gap(saving,
			make_gap(header->since, saving->recording->pid ? now() : header->alive,
				 header->reason, strlen(header->reason)));
	if (!saving->recording->pid && header->phase != RING_STOPPED)
		add_gap(saving, make_gap(header->alive, now(), killed, strlen(killed)));
}

/* "2026-11-30T10:03:01.123456Z" */
static void print_utc(FILE *file, uint64_t nanoseconds)
{
	time_t seconds = (time_t)(nanoseconds / 1000000000);
	struct tm utc;
	char text[32];

	if (gmtime_r(&seconds, &utc) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc) > 0)
		fprintf(file, "%s.%06" PRIu64 "Z", text, nanoseconds % 1000000000 / 1000);
}

static void print_gap(FILE *file, const struct gap *gap)
{
	fputs("packets from ", file);
	print_utc(file, gap->from);
	fputs(" to ", file);
	print_utc(file, gap->to);
	fprintf(file, " may be missing: %s", gap->reason);
}

static void print_section(FILE *file, const struct saving *saving)
{
	const struct ring_header *header = &saving->recording->header;
	cleanup(freep) char *device = printable(header->device);

	fprintf(file, "recording of %s since ", device ?: "");
	print_utc(file, header->started);
	fprintf(file, ": one packet in %" PRIu32 ", the first %" PRIu32 " bytes of each",
		header->sample, header->snaplen);
	if (saving->n_lost)
		fprintf(file,
			"\n%" PRIu64 " records were lost, because there were too many of them",
			saving->n_lost);
	for (size_t i = 0; i < saving->n_gaps; i++) {
		fputc('\n', file);
		print_gap(file, &saving->gaps[i]);
	}
}

/* The caller frees it. */
static char *describe_section(const struct saving *saving)
{
	char *text = NULL;
	size_t size;
	FILE *file = or_abort(open_memstream(&text, &size));

	print_section(file, saving);
	fclose(file);
	return text;
}

static char *describe_gap(const struct gap *gap)
{
	char *text = NULL;
	size_t size;
	FILE *file = or_abort(open_memstream(&text, &size));

	fputs("before this packet: ", file);
	print_gap(file, gap);
	fclose(file);
	return text;
}

static void take_chain(struct saving *saving, const struct ring_item *item)
{
	cleanup(json_decrefp) json_t *reply = json_loadb(item->rest, item->n_rest, 0, NULL);
	cleanup(json_decrefp) json_t *safe = reply ? reply_printable(reply) : NULL;

	if (safe)
		traced_chains_add(&saving->chains, safe);
}

static void take_packet(struct saving *saving, const struct ring_item *item)
{
	const struct ring_record record = { .record = item->packet.record,
					    .bytes = (const unsigned char *)item->rest };
	struct sighting sighting;

	if (item->packet.time < saving->begin)
		return;
	sighting_init(&sighting, &saving->chains, &record);
	sighting.time = item->packet.time;
	capture_file_add(&saving->capture, &sighting, saving->n_lost_written);
	saving->n_written++;
}

/* Wireshark shows it with the next packet. */
static void pass_gap(struct saving *saving, const struct ring_item *item)
{
	struct gap gap = read_gap(item);
	cleanup(freep) char *text = describe_gap(&gap);

	if (gap.to >= saving->begin)
		capture_file_remark(&saving->capture, text);
	free(gap.reason);
}

/* Second pass. */
static void write_item(void *userdata, const struct ring_item *item)
{
	struct saving *saving = userdata;

	if (item->kind == RING_CHAIN)
		take_chain(saving, item);
	else if (item->kind == RING_PACKET)
		take_packet(saving, item);
	else if (item->kind == RING_LOST && item->lost.time >= saving->begin)
		saving->n_lost_written += item->lost.count;
	else if (item->kind == RING_GAP)
		pass_gap(saving, item);
}

/* Packets are private, so only the user may read a new file. */
static int open_file(struct saving *saving, const char *path, struct error *error)
{
	cleanup(closep) int fd = -1;

	if (!strcmp(path, "-")) {
		saving->file = stdout;
		return 0;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0600);
	saving->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!saving->file)
		return error_set(error, ERROR_INVALID_ARGUMENT, -errno, "cannot write '%s': %s",
				 path, strerror(errno));
	steal_fd(&fd);
	return 0;
}

static int write_all(struct saving *saving, const char *path, struct error *error)
{
	const struct recording *recording = saving->recording;
	const struct ring_header *header = &recording->header;
	cleanup(freep) char *comment = describe_section(saving);
	int result;

	capture_file_init(&saving->capture, saving->file,
			  *header->expression ? header->expression : NULL, header->snaplen,
			  comment);
	result = ring_read(recording->fd, recording->path, header, write_item, saving, error);
	capture_file_end(&saving->capture, header->device, header->alive, saving->n_lost_written);
	if (fflush(saving->file) != 0 || ferror(saving->file))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EIO, "cannot write '%s': %s", path,
				 strerror(errno));
	return result;
}

static json_t *encode_gaps(const struct saving *saving)
{
	json_t *list = json_array();

	for (size_t i = 0; i < saving->n_gaps; i++)
		json_array_append_new(list,
				      json_pack("{s:I, s:I, s:o}", "from",
						(json_int_t)(saving->gaps[i].from / 1000), "to",
						(json_int_t)(saving->gaps[i].to / 1000), "reason",
						text_encode(saving->gaps[i].reason)));
	return list;
}

static json_t *encode(const struct saving *saving, const char *path)
{
	const struct ring_header *header = &saving->recording->header;
	uint64_t n_recorded = header->n_packets;
	json_t *reply = json_pack(
		"{s:o, s:o*, s:o, s:I, s:I, s:I, s:o}", "ifname", text_encode(header->device),
		"netns", *header->netns ? text_encode(header->netns) : NULL, "file",
		text_encode(path), "packets", (json_int_t)saving->n_written, "older",
		(json_int_t)(n_recorded > saving->n_written ? n_recorded - saving->n_written : 0),
		"lost", (json_int_t)saving->n_lost, "gaps", encode_gaps(saving));

	if (saving->n_found > 0) {
		json_object_set_new(reply, "from", json_integer((json_int_t)saving->first / 1000));
		json_object_set_new(reply, "to", json_integer((json_int_t)saving->last / 1000));
	}
	return reply;
}

static uint64_t find_begin(const struct recording *recording, uint64_t last)
{
	uint64_t end = recording->pid ? now() : recording->header.alive;

	return last && last * 1000 < end ? end - last * 1000 : 0;
}

int recording_save(const struct recording *recording, const char *path, uint64_t last, json_t **ret,
		   struct error *error)
{
	cleanup(saving_done) struct saving saving = {
		.recording = recording,
		.begin = find_begin(recording, last),
	};
	int result = ring_read(recording->fd, recording->path, &recording->header, count, &saving,
			       error);

	add_open_gap(&saving);
	if (result == 0)
		result = open_file(&saving, path, error);
	if (result == 0)
		result = write_all(&saving, path, error);
	if (result == 0)
		*ret = encode(&saving, path);
	return result;
}
