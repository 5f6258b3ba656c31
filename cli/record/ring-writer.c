// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/record/ring-writer.h"

#include "base/cleanup.h"
#include "cli/or-abort.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* As many segments as are sensible for the size: little is lost when one is overwritten. */
#define SEGMENTS_WANTED 64

static size_t file_size(const struct ring_header *header)
{
	return RING_HEADER_SIZE + (size_t)header->n_segments * header->segment_bytes;
}

static struct ring_segment *segment_at(const struct ring_writer *writer, uint32_t index)
{
	return (void *)((char *)writer->header + RING_HEADER_SIZE +
			index * writer->header->segment_bytes);
}

static void choose_segments(uint64_t size, struct ring_header *ret)
{
	uint64_t bytes = size / SEGMENTS_WANTED & ~(uint64_t)4095;

	if (bytes < RING_SEGMENT_MIN)
		bytes = RING_SEGMENT_MIN;
	if (bytes > RING_SEGMENT_MAX)
		bytes = RING_SEGMENT_MAX;
	ret->segment_bytes = bytes;
	ret->n_segments = size / bytes;
}

static void copy_text(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
}

static void describe(const struct ring_options *options, struct ring_header *ret)
{
	*ret = (struct ring_header){
		.magic = RING_MAGIC,
		.version = RING_VERSION,
		.started = options->time,
		.sample = options->sample,
		.snaplen = options->snaplen,
		.phase = RING_RECORDING,
		.since = options->time,
		.alive = options->time,
	};
	choose_segments(options->size, ret);
	copy_text(ret->device, sizeof(ret->device), options->device);
	copy_text(ret->netns, sizeof(ret->netns), options->netns);
	copy_text(ret->expression, sizeof(ret->expression), options->expression);
}

/* All of the file is allocated now, so a full file system cannot end the recorder later. */
static int allocate(int fd, const char *path, size_t size, struct error *error)
{
	struct stat before;
	int result;

	if (fstat(fd, &before) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot use '%s': %s", path,
				 errno_name(errno));
	result = -posix_fallocate(fd, 0, (off_t)size);
	if (result == 0)
		result = ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
	if (result == 0)
		return 0;
	if (ftruncate(fd, before.st_size) < 0)
		result = -errno;
	return error_set(error, ERROR_KERNEL_REFUSED, result, "cannot give '%s' %zu MiB: %s", path,
			 size >> 20, errno_name(result));
}

int ring_writer_open(int fd, const char *path, const struct ring_options *options,
		     struct ring_writer *ret, struct error *error)
{
	struct ring_writer writer = {};
	struct ring_header header;
	void *mapped;
	int result;

	describe(options, &header);
	result = allocate(fd, path, file_size(&header), error);
	if (result < 0)
		return result;
	mapped = mmap(NULL, file_size(&header), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot map '%s': %s", path,
				 errno_name(errno));
	writer.header = mapped;
	/* An earlier recording ends here; without the magic number nothing takes the rest for one. */
	__atomic_store_n(&writer.header->magic, 0, __ATOMIC_RELEASE);
	for (uint32_t i = 0; i < header.n_segments; i++) {
		size_t at = RING_HEADER_SIZE + i * header.segment_bytes;

		memset((char *)mapped + at, 0, sizeof(struct ring_segment));
	}
	memcpy((char *)mapped + sizeof(header.magic), (char *)&header + sizeof(header.magic),
	       sizeof(header) - sizeof(header.magic));
	__atomic_store_n(&writer.header->magic, RING_MAGIC, __ATOMIC_RELEASE);
	*ret = writer;
	return 0;
}

void ring_writer_done(struct ring_writer *writer)
{
	if (writer->header)
		munmap(writer->header, file_size(writer->header));
	while (writer->n_chains > 0)
		free(writer->chains[--writer->n_chains].text);
	*writer = (struct ring_writer){};
}

static size_t room_of(const struct ring_writer *writer)
{
	return writer->header->segment_bytes - sizeof(struct ring_segment);
}

/* Empties the oldest segment and continues there. */
static void next_segment(struct ring_writer *writer)
{
	struct ring_segment *segment;

	if (writer->number > 0)
		writer->current = (writer->current + 1) % writer->header->n_segments;
	segment = segment_at(writer, writer->current);
	__atomic_store_n(&segment->number, 0, __ATOMIC_RELEASE);
	__atomic_thread_fence(
		__ATOMIC_SEQ_CST); /* nothing is written before readers can see that */
	__atomic_store_n(&segment->used, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&segment->number, ++writer->number, __ATOMIC_RELEASE);
}

static bool fits(const struct ring_writer *writer, size_t size)
{
	const struct ring_segment *segment = segment_at(writer, writer->current);

	return writer->number > 0 &&
	       RING_ALIGN(sizeof(struct ring_entry) + size) <= room_of(writer) - segment->used;
}

/* The body has two parts. It must fit. */
static void append(struct ring_writer *writer, enum ring_kind kind, const void *first,
		   size_t n_first, const void *second, size_t n_second)
{
	struct ring_segment *segment = segment_at(writer, writer->current);
	struct ring_entry entry = { .size = n_first + n_second, .kind = kind };
	char *to = (char *)(segment + 1) + segment->used;

	assert(fits(writer, entry.size));
	memcpy(to, &entry, sizeof(entry));
	memcpy(to + sizeof(entry), first, n_first);
	if (n_second > 0)
		memcpy(to + sizeof(entry) + n_first, second, n_second);
	__atomic_store_n(&segment->used, segment->used + RING_ALIGN(sizeof(entry) + entry.size),
			 __ATOMIC_RELEASE);
}

static void append_alone(struct ring_writer *writer, enum ring_kind kind, const void *first,
			 size_t n_first, const void *second, size_t n_second)
{
	if (!fits(writer, n_first + n_second))
		next_segment(writer);
	append(writer, kind, first, n_first, second, n_second);
}

static struct ring_writer_chain *find_chain(struct ring_writer *writer, uint64_t generation)
{
	for (size_t i = writer->n_chains; i-- > 0;)
		if (writer->chains[i].generation == generation)
			return &writer->chains[i];
	return NULL;
}

/* A place for the description of that generation; the oldest one is forgotten if there are too many. */
static struct ring_writer_chain *place_chain(struct ring_writer *writer, uint64_t generation)
{
	struct ring_writer_chain *chain = find_chain(writer, generation);

	if (!chain && writer->n_chains == RING_CHAINS_KEPT) {
		free(writer->chains[0].text);
		memmove(writer->chains, writer->chains + 1,
			--writer->n_chains * sizeof(*writer->chains));
	}
	if (!chain)
		chain = &writer->chains[writer->n_chains++];
	else
		free(chain->text);
	return chain;
}

/* Without the list of components if that is too long; they are then not known. */
static char *encode_chain(const json_t *reply)
{
	cleanup(json_decrefp) json_t *chain = json_pack(
		"{s:O?, s:O*, s:O?, s:O*}", "device", json_object_get(reply, "device"), "netns",
		json_object_get(reply, "netns"), "generation", json_object_get(reply, "generation"),
		"components", json_object_get(reply, "components"));
	char *text = json_dumps(chain, JSON_COMPACT);

	if (text && strlen(text) > RING_CHAIN_MAX) {
		free(text);
		json_object_del(chain, "components");
		text = json_dumps(chain, JSON_COMPACT);
	}
	return text && strlen(text) <= RING_CHAIN_MAX ? text : (free(text), strdup("{}"));
}

void ring_writer_add_chain(struct ring_writer *writer, const json_t *reply)
{
	uint64_t generation = (uint64_t)json_integer_value(json_object_get(reply, "generation"));
	struct ring_writer_chain *chain = place_chain(writer, generation);

	*chain = (struct ring_writer_chain){ .generation = generation,
					     .text = or_abort(encode_chain(reply)) };
}

/* Makes sure that the current segment describes the packet's chain, and has room for the packet. */
static void prepare_packet(struct ring_writer *writer, struct ring_writer_chain *chain, size_t size)
{
	while (!fits(writer, size) || (chain && chain->written_in != writer->number)) {
		if (!fits(writer, size))
			next_segment(writer);
		if (!chain || chain->written_in == writer->number)
			continue;
		append_alone(writer, RING_CHAIN, chain->text, strlen(chain->text), NULL, 0);
		chain->written_in = writer->number;
	}
}

void ring_writer_add_packet(struct ring_writer *writer, uint64_t time,
			    const struct trace_record *record, const void *bytes)
{
	struct ring_packet packet = { .time = time, .record = *record };
	size_t captured = record->captured;

	if (captured > TRACE_SNAPLEN_MAX)
		packet.record.captured = captured = TRACE_SNAPLEN_MAX;
	prepare_packet(writer, find_chain(writer, record->generation), sizeof(packet) + captured);
	append(writer, RING_PACKET, &packet, sizeof(packet), bytes, captured);
	__atomic_store_n(&writer->header->n_packets, writer->header->n_packets + 1,
			 __ATOMIC_RELAXED);
}

void ring_writer_add_lost(struct ring_writer *writer, uint64_t time, uint64_t count)
{
	const struct ring_lost lost = { .time = time, .count = count };

	append_alone(writer, RING_LOST, &lost, sizeof(lost), NULL, 0);
	__atomic_store_n(&writer->header->n_lost, writer->header->n_lost + count, __ATOMIC_RELAXED);
}

void ring_writer_add_gap(struct ring_writer *writer, uint64_t from, uint64_t to, const char *reason)
{
	const struct ring_gap gap = { .from = from, .to = to };

	append_alone(writer, RING_GAP, &gap, sizeof(gap), reason,
		     strnlen(reason, sizeof(writer->header->reason)));
}

static void begin_change(struct ring_header *header)
{
	__atomic_store_n(&header->change, header->change + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void end_change(struct ring_header *header)
{
	__atomic_store_n(&header->change, header->change + 1, __ATOMIC_RELEASE);
}

void ring_writer_set_phase(struct ring_writer *writer, enum ring_phase phase, uint64_t since,
			   const char *reason)
{
	struct ring_header *header = writer->header;

	begin_change(header);
	header->phase = phase;
	header->since = since;
	copy_text(header->reason, sizeof(header->reason), reason ?: "");
	end_change(header);
}

void ring_writer_set_device(struct ring_writer *writer, const char *device)
{
	begin_change(writer->header);
	copy_text(writer->header->device, sizeof(writer->header->device), device);
	end_change(writer->header);
}

void ring_writer_set_alive(struct ring_writer *writer, uint64_t time)
{
	__atomic_store_n(&writer->header->alive, time, __ATOMIC_RELAXED);
}
