// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/record/ring-reader.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The recorder changes the header rarely, and quickly, unless it was killed in between. */
#define HEADER_RETRIES 100

static int unusable(const char *path, const char *why, struct error *error)
{
	return error_set(error, ERROR_BAD_STATE, -EBADMSG, "'%s' is not a usable recording: %s",
			 path, why);
}

static bool read_at(int fd, uint64_t offset, void *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t result = pread(fd, (char *)to + done, size - done, (off_t)(offset + done));

		if (result < 0 && errno == EINTR)
			continue;
		if (result <= 0)
			return false;
		done += (size_t)result;
	}
	return true;
}

static uint64_t size_of(const struct ring_header *header)
{
	return RING_HEADER_SIZE + header->n_segments * header->segment_bytes;
}

static int check(const struct ring_header *header, const struct stat *status, const char *path,
		 struct error *error)
{
	if (header->magic != RING_MAGIC)
		return unusable(path, "it does not begin like one", error);
	if (header->version != RING_VERSION)
		return error_set(error, ERROR_BAD_STATE, -EBADMSG,
				 "'%s' is not a usable recording: its format is %" PRIu32
				 "; this xdpctl reads format %d",
				 path, header->version, RING_VERSION);
	if (header->segment_bytes < RING_SEGMENT_MIN || header->segment_bytes > RING_SEGMENT_MAX ||
	    header->segment_bytes % 8 || header->n_segments < 1 ||
	    header->n_segments > RING_SEGMENTS_MAX)
		return unusable(path, "the sizes in it are invalid", error);
	if ((uint64_t)status->st_size != size_of(header))
		return unusable(path, "its size is not the one in it", error);
	return 0;
}

int ring_read_header(int fd, const char *path, struct ring_header *ret, struct error *error)
{
	struct ring_header header, again;
	struct stat status;
	int result;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return unusable(path, "it is not a regular file", error);
	if (!read_at(fd, 0, &header, sizeof(header)))
		return unusable(path, "it is too short", error);
	for (int i = 0; i < HEADER_RETRIES; i++) {
		if (!read_at(fd, 0, &again, sizeof(again)))
			return unusable(path, "it is too short", error);
		if (header.change == again.change && !(again.change & 1))
			break;
		header = again;
	}
	result = check(&header, &status, path, error);
	if (result < 0)
		return result;
	header.netns[sizeof(header.netns) - 1] = '\0';
	header.expression[sizeof(header.expression) - 1] = '\0';
	header.device[sizeof(header.device) - 1] = '\0';
	header.reason[sizeof(header.reason) - 1] = '\0';
	*ret = header;
	return 0;
}

/* A segment that has entries. */
struct position {
	uint64_t number;
	uint64_t offset;
};

static int by_number(const void *left, const void *right)
{
	const struct position *one = left, *other = right;

	return one->number < other->number ? -1 : one->number > other->number;
}

/* False: the file is shorter than it was. */
static bool find_segments(int fd, const struct ring_header *header, struct position *ret,
			  size_t *ret_count)
{
	for (uint64_t i = 0; i < header->n_segments; i++) {
		uint64_t offset = RING_HEADER_SIZE + i * header->segment_bytes;
		struct ring_segment segment;

		if (!read_at(fd, offset, &segment, sizeof(segment)))
			return false;
		if (segment.number > 0)
			ret[(*ret_count)++] = (struct position){ segment.number, offset };
	}
	qsort(ret, *ret_count, sizeof(*ret), by_number);
	return true;
}

static bool read_fixed(void *to, size_t size, const char *body, size_t n_body,
		       struct ring_item *ret)
{
	if (n_body < size)
		return false;
	memcpy(to, body, size);
	ret->rest = body + size;
	ret->n_rest = n_body - size;
	return true;
}

static bool read_packet(const char *body, size_t size, struct ring_item *ret)
{
	return read_fixed(&ret->packet, sizeof(ret->packet), body, size, ret) &&
	       ret->packet.record.captured == ret->n_rest &&
	       ret->packet.record.length >= ret->n_rest;
}

static bool read_body(uint32_t kind, const char *body, size_t size, struct ring_item *ret)
{
	*ret = (struct ring_item){ .kind = kind, .rest = body, .n_rest = size };
	switch (kind) {
	case RING_CHAIN:
		return size <= RING_CHAIN_MAX;
	case RING_PACKET:
		return read_packet(body, size, ret);
	case RING_LOST:
		return read_fixed(&ret->lost, sizeof(ret->lost), body, size, ret);
	case RING_GAP:
		return read_fixed(&ret->gap, sizeof(ret->gap), body, size, ret);
	default:
		return false;
	}
}

static void visit_entries(const char *bytes, size_t size, ring_visit visit, void *userdata)
{
	while (size >= sizeof(struct ring_entry)) {
		struct ring_entry entry;
		struct ring_item item;
		size_t whole;

		memcpy(&entry, bytes, sizeof(entry));
		if (entry.size > size - sizeof(entry) ||
		    !read_body(entry.kind, bytes + sizeof(entry), entry.size, &item))
			return;
		visit(userdata, &item);
		whole = RING_ALIGN(sizeof(entry) + entry.size);
		if (whole > size)
			return;
		bytes += whole;
		size -= whole;
	}
}

/* Copies the entries; false: the segment is being overwritten, or its size is invalid. */
static bool copy_segment(int fd, const struct ring_header *header, const struct position *position,
			 char *to, size_t *ret_size)
{
	size_t room = header->segment_bytes - sizeof(struct ring_segment);
	struct ring_segment before, after;

	if (!read_at(fd, position->offset, &before, sizeof(before)) ||
	    before.number != position->number || before.used > room)
		return false;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!read_at(fd, position->offset + sizeof(before), to, before.used))
		return false;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	*ret_size = before.used;
	return read_at(fd, position->offset, &after, sizeof(after)) &&
	       after.number == before.number;
}

int ring_read(int fd, const char *path, const struct ring_header *header, ring_visit visit,
	      void *userdata, struct error *error)
{
	cleanup(freep) struct position *positions = calloc(header->n_segments, sizeof(*positions));
	cleanup(freep) char *bytes = malloc(header->segment_bytes);
	size_t count = 0;

	if (!positions || !bytes)
		return error_memory(error);
	if (!find_segments(fd, header, positions, &count))
		return unusable(path, "it became shorter while it was read", error);
	for (size_t i = 0; i < count; i++) {
		size_t size;

		if (copy_segment(fd, header, &positions[i], bytes, &size))
			visit_entries(bytes, size, visit, userdata);
	}
	return 0;
}
