// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The ring of a recorder: what is written is read, oldest first, and damaged files do no harm. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/record/recordings.h"
#include "cli/record/ring-reader.h"
#include "cli/record/ring-writer.h"
#include "cli/record/save.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPTURED 100

struct ring {
	int fd;
	struct ring_writer writer;
};

static void open_sized(struct ring *ring, uint64_t size)
{
	const struct ring_options options = { .size = size,
					      .time = 1000,
					      .sample = 1,
					      .snaplen = 128,
					      .device = "eth0",
					      .netns = "",
					      .expression = "tcp" };

	ring->fd = memfd_create("ring", MFD_CLOEXEC);
	assert_int_equal(ring_writer_open(ring->fd, "ring", &options, &ring->writer, NULL), 0);
}

static void ring_done(struct ring *ring)
{
	ring_writer_done(&ring->writer);
	closep(&ring->fd);
}

static void describe(struct ring *ring, int generation, const char *component)
{
	cleanup(json_decrefp)
		json_t *reply = json_pack("{s:s, s:i, s:[{s:s}]}", "device", "eth0", "generation",
					  generation, "components", "name", component);

	ring_writer_add_chain(&ring->writer, reply);
}

static void add_packet(struct ring *ring, uint64_t number, uint32_t generation, uint32_t captured)
{
	static const unsigned char bytes[TRACE_SNAPLEN_MAX] = { 2 };
	const struct trace_record record = { .packet = number,
					     .generation = generation,
					     .length = captured,
					     .verdict = 1,
					     .flags = TRACE_LEFT,
					     .captured = captured };

	ring_writer_add_packet(&ring->writer, number, &record, bytes);
}

/* What a reader saw. */
struct seen {
	uint64_t n_packets, first, last, n_lost, n_gaps, n_chains;
	bool in_order;	   /* the packets have consecutive numbers */
	bool is_mixed;	   /* a packet came after a newer one, or with other bytes */
	bool is_described; /* each packet's chain came before it, in this segment or earlier */
	char chain[256];
	char reason[64];
};

static void see(void *userdata, const struct ring_item *item)
{
	struct seen *seen = userdata;

	if (item->kind == RING_CHAIN) {
		seen->n_chains++;
		snprintf(seen->chain, sizeof(seen->chain), "%.*s", (int)item->n_rest, item->rest);
	} else if (item->kind == RING_PACKET) {
		if (seen->n_packets == 0)
			seen->first = item->packet.record.packet;
		else
			seen->in_order &= item->packet.record.packet == seen->last + 1;
		seen->is_mixed |= item->packet.record.packet <= seen->last ||
				  item->packet.time != item->packet.record.packet ||
				  item->rest[0] != 2;
		seen->last = item->packet.record.packet;
		seen->is_described &= seen->n_chains > 0;
		seen->n_packets++;
	} else if (item->kind == RING_LOST) {
		seen->n_lost += item->lost.count;
	} else {
		seen->n_gaps++;
		snprintf(seen->reason, sizeof(seen->reason), "%.*s", (int)item->n_rest, item->rest);
	}
}

static struct seen look(const struct ring *ring)
{
	struct seen seen = { .in_order = true, .is_described = true };
	struct ring_header header;

	assert_int_equal(ring_read_header(ring->fd, "ring", &header, NULL), 0);
	assert_int_equal(ring_read(ring->fd, "ring", &header, see, &seen, NULL), 0);
	return seen;
}

static void what_is_written_is_read(void **state)
{
	cleanup(ring_done) struct ring ring;
	struct seen seen;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	describe(&ring, 7, "fw");
	for (int i = 1; i <= 100; i++)
		add_packet(&ring, i, 7, CAPTURED);
	ring_writer_add_lost(&ring.writer, 101, 17);
	ring_writer_add_gap(&ring.writer, 200, 300, "xdpd stops");
	seen = look(&ring);
	assert_int_equal(seen.n_packets, 100);
	assert_true(seen.in_order && seen.is_described);
	assert_int_equal(seen.n_chains, 1);
	assert_non_null(strstr(seen.chain, "\"fw\""));
	assert_int_equal(seen.n_lost, 17);
	assert_string_equal(seen.reason, "xdpd stops");
}

static void the_oldest_packets_are_overwritten(void **state)
{
	cleanup(ring_done) struct ring ring;
	const uint64_t entry = sizeof(struct ring_entry) + sizeof(struct ring_packet) +
			       RING_ALIGN(CAPTURED);
	struct seen seen;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	describe(&ring, 7, "fw");
	for (int i = 1; i <= 20000; i++)
		add_packet(&ring, i, 7, CAPTURED);
	seen = look(&ring);
	assert_int_equal(seen.last, 20000);
	assert_true(seen.in_order && seen.is_described);
	assert_int_equal(seen.first, 20000 - seen.n_packets + 1);
	/* At most one of the four segments is empty. */
	assert_in_range(seen.n_packets, (RING_SIZE_MIN - RING_SEGMENT_MIN) / entry - 10,
			RING_SIZE_MIN / entry);
	assert_int_equal(ring.writer.header->n_packets, 20000);
}

static void packets_of_a_new_generation_are_described(void **state)
{
	cleanup(ring_done) struct ring ring;
	struct seen seen;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	for (int generation = 1; generation <= 3 * RING_CHAINS_KEPT; generation++) {
		describe(&ring, generation, "fw");
		add_packet(&ring, (uint64_t)generation, (uint32_t)generation, CAPTURED);
	}
	describe(&ring, 3 * RING_CHAINS_KEPT, "renamed"); /* the device was managed again */
	add_packet(&ring, 3 * RING_CHAINS_KEPT + 1, 3 * RING_CHAINS_KEPT, CAPTURED);
	seen = look(&ring);
	assert_int_equal(seen.n_chains, 3 * RING_CHAINS_KEPT + 1);
	assert_non_null(strstr(seen.chain, "renamed"));
}

static void the_largest_packets_and_chains_fit(void **state)
{
	cleanup(ring_done) struct ring ring;
	cleanup(json_decrefp) json_t *components = json_array();
	cleanup(json_decrefp) json_t *reply = NULL;
	char name[1000];
	struct seen seen;

	(void)state;
	memset(name, 'x', sizeof(name));
	for (int i = 0; i < 120; i++)
		json_array_append_new(components, json_stringn(name, sizeof(name)));
	reply = json_pack("{s:s, s:i, s:O}", "device", "eth0", "generation", 1, "components",
			  components);
	open_sized(&ring, RING_SIZE_MIN);
	ring_writer_add_chain(&ring.writer, reply);
	for (int i = 1; i <= 50; i++)
		add_packet(&ring, i, 1, TRACE_SNAPLEN_MAX);
	seen = look(&ring);
	assert_int_equal(seen.last, 50);
	assert_true(seen.in_order && seen.is_described && seen.n_packets >= 3);
	/* A chain that is too long is described without its components. */
	for (int i = 0; i < 120; i++)
		json_array_append_new(components, json_stringn(name, sizeof(name)));
	ring_writer_add_chain(&ring.writer, reply);
	add_packet(&ring, 51, 1, TRACE_SNAPLEN_MAX);
	seen = look(&ring);
	assert_int_equal(seen.last, 51);
	assert_string_equal(seen.chain, "{\"device\":\"eth0\",\"generation\":1}");
}

static int read_header(const struct ring *ring)
{
	struct ring_header header;

	return ring_read_header(ring->fd, "ring", &header, NULL);
}

static void hostile_sizes_are_refused(void **state)
{
	cleanup(ring_done) struct ring ring;
	struct ring_header *header, good;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	header = ring.writer.header;
	good = *header;
	assert_int_equal(read_header(&ring), 0);
	for (int i = 0; i < 8; i++) {
		*header = good;
		header->magic += i == 0;
		header->version += i == 1;
		header->n_segments = i == 2   ? 0
				     : i == 3 ? UINT32_MAX
					      : header->n_segments + (i == 4);
		header->segment_bytes = i == 5	 ? UINT64_MAX - 7
					: i == 6 ? 8
						 : header->segment_bytes + (i == 7) * 8;
		assert_int_equal(read_header(&ring), -EBADMSG);
	}
	*header = good;
	memset(header->reason, 'x', sizeof(header->reason));
	header->change = 1; /* killed in between */
	assert_int_equal(read_header(&ring), 0);
}

static struct ring_segment *first_segment(const struct ring *ring)
{
	return (void *)((char *)ring->writer.header + RING_HEADER_SIZE);
}

static void hostile_entries_end_their_segment(void **state)
{
	cleanup(ring_done) struct ring ring;
	struct ring_segment *segment;
	struct ring_entry *entry;
	struct ring_packet *packet;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	add_packet(&ring, 1, 7, CAPTURED);
	add_packet(&ring, 2, 7, CAPTURED);
	segment = first_segment(&ring);
	entry = (void *)(segment + 1);
	packet = (void *)(entry + 1);
	assert_int_equal(look(&ring).n_packets, 2);
	packet->record.captured++;
	assert_int_equal(look(&ring).n_packets, 0);
	packet->record.captured--;
	packet->record.length = CAPTURED - 1;
	assert_int_equal(look(&ring).n_packets, 0);
	packet->record.length = CAPTURED;
	for (uint32_t size = UINT32_MAX; size > 0; size /= 2) {
		entry->size = size;
		look(&ring);
	}
	entry->size = sizeof(*packet) + CAPTURED;
	entry->kind = 99;
	assert_int_equal(look(&ring).n_packets, 0);
	entry->kind = RING_PACKET;
	segment->used = UINT64_MAX;
	assert_int_equal(look(&ring).n_packets, 0);
	segment->used = sizeof(*entry) + sizeof(*packet);
	assert_int_equal(look(&ring).n_packets, 0);
}

static void a_truncated_file_is_refused(void **state)
{
	cleanup(ring_done) struct ring ring;
	struct seen seen = {};
	struct ring_header header;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	add_packet(&ring, 1, 7, CAPTURED);
	assert_int_equal(ring_read_header(ring.fd, "ring", &header, NULL), 0);
	ring_writer_done(&ring.writer);
	assert_int_equal(ftruncate(ring.fd, RING_HEADER_SIZE + 100), 0);
	assert_int_equal(read_header(&ring), -EBADMSG);
	assert_int_equal(ring_read(ring.fd, "ring", &header, see, &seen, NULL), -EBADMSG);
	assert_int_equal(ftruncate(ring.fd, 10), 0);
	assert_int_equal(read_header(&ring), -EBADMSG);
}

static void a_segment_that_is_being_emptied_is_skipped(void **state)
{
	cleanup(ring_done) struct ring ring;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	add_packet(&ring, 1, 7, CAPTURED);
	first_segment(&ring)->number = 0;
	assert_int_equal(look(&ring).n_packets, 0);
}

static void a_new_recording_replaces_the_earlier_one(void **state)
{
	const struct ring_options larger = {
		.size = 2 * RING_SIZE_MIN, .device = "eth0", .netns = "", .expression = ""
	};
	cleanup(ring_done) struct ring ring;
	struct stat status;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	add_packet(&ring, 1, 7, CAPTURED);
	ring_writer_done(&ring.writer);
	assert_int_equal(ring_writer_open(ring.fd, "ring", &larger, &ring.writer, NULL), 0);
	assert_int_equal(look(&ring).n_packets, 0);
	assert_int_equal(fstat(ring.fd, &status), 0);
	assert_int_equal(status.st_size, 2 * RING_SIZE_MIN + RING_HEADER_SIZE);
}

static void *write_packets(void *userdata)
{
	struct ring *ring = userdata;

	for (uint64_t i = 1; i <= 200000; i++)
		add_packet(ring, i, 7, CAPTURED);
	return NULL;
}

/* What is overwritten meanwhile is missing, and nothing else is. */
static void a_ring_is_read_while_it_is_written(void **state)
{
	cleanup(ring_done) struct ring ring;
	struct seen seen = {};
	pthread_t writer;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	describe(&ring, 7, "fw");
	assert_int_equal(pthread_create(&writer, NULL, write_packets, &ring), 0);
	while (seen.last < 200000) {
		seen = look(&ring);
		assert_true(seen.is_described && !seen.is_mixed);
	}
	pthread_join(writer, NULL);
	assert_true(look(&ring).in_order);
}

/* The saved file in memory; the caller frees it. */
static char *save(const struct ring *ring, uint64_t last, json_t **ret_reply, size_t *ret_size)
{
	struct recording recording = { .path = (char *)"ring", .fd = ring->fd };
	char path[64], *bytes;
	int fd = memfd_create("saved", MFD_CLOEXEC);
	struct stat status;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(ring_read_header(ring->fd, "ring", &recording.header, NULL), 0);
	assert_int_equal(recording_save(&recording, path, last, ret_reply, NULL), 0);
	assert_int_equal(fstat(fd, &status), 0);
	bytes = malloc((size_t)status.st_size);
	assert_int_equal(pread(fd, bytes, (size_t)status.st_size, 0), status.st_size);
	*ret_size = (size_t)status.st_size;
	close(fd);
	return bytes;
}

static bool contains(const char *bytes, size_t size, const char *text)
{
	return memmem(bytes, size, text, strlen(text));
}

static void a_saved_file_says_what_is_missing(void **state)
{
	cleanup(ring_done) struct ring ring;
	cleanup(json_decrefp) json_t *reply = NULL, *gaps = NULL;
	cleanup(freep) char *saved = NULL;
	size_t size;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	describe(&ring, 7, "fw");
	add_packet(&ring, 1, 7, CAPTURED);
	ring_writer_add_lost(&ring.writer, 2, 17);
	ring_writer_add_gap(&ring.writer, 2000000000, 3000000000, "xdpd\33 stops");
	add_packet(&ring, 4000000000, 7, CAPTURED);
	saved = save(&ring, 0, &reply, &size);
	assert_true(contains(saved, size, "dropped by fw, generation 7"));
	assert_true(contains(saved, size, "17 records were lost"));
	assert_true(contains(saved, size,
			     "packets from 1970-01-01T00:00:02.000000Z to "
			     "1970-01-01T00:00:03.000000Z may be missing: xdpd\\x1b stops"));
	assert_true(contains(saved, size, "before this packet: packets from 1970"));
	assert_int_equal(json_integer_value(json_object_get(reply, "packets")), 2);
	assert_int_equal(json_integer_value(json_object_get(reply, "lost")), 17);
	gaps = json_incref(json_object_get(reply, "gaps"));
	assert_int_equal(json_array_size(gaps), 2); /* the recorder did not write that it ended */
	assert_string_equal(json_string_value(json_object_get(json_array_get(gaps, 1), "reason")),
			    "the recorder was killed");
}

static void only_the_last_packets_are_saved_if_that_is_wanted(void **state)
{
	cleanup(ring_done) struct ring ring;
	cleanup(json_decrefp) json_t *reply = NULL;
	cleanup(freep) char *saved = NULL;
	size_t size;

	(void)state;
	open_sized(&ring, RING_SIZE_MIN);
	for (uint64_t i = 1; i <= 10; i++)
		add_packet(&ring, i * 1000000000, 7, CAPTURED);
	ring_writer_set_alive(&ring.writer, 10500000000);
	ring_writer_set_phase(&ring.writer, RING_STOPPED, 10500000000, NULL);
	saved = save(&ring, 3000000, &reply, &size);
	assert_int_equal(json_integer_value(json_object_get(reply, "packets")), 3);
	assert_int_equal(json_integer_value(json_object_get(reply, "older")), 7);
	assert_int_equal(json_array_size(json_object_get(reply, "gaps")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(the_oldest_packets_are_overwritten),
		cmocka_unit_test(packets_of_a_new_generation_are_described),
		cmocka_unit_test(the_largest_packets_and_chains_fit),
		cmocka_unit_test(hostile_sizes_are_refused),
		cmocka_unit_test(hostile_entries_end_their_segment),
		cmocka_unit_test(a_truncated_file_is_refused),
		cmocka_unit_test(a_segment_that_is_being_emptied_is_skipped),
		cmocka_unit_test(a_new_recording_replaces_the_earlier_one),
		cmocka_unit_test(a_ring_is_read_while_it_is_written),
		cmocka_unit_test(a_saved_file_says_what_is_missing),
		cmocka_unit_test(only_the_last_packets_are_saved_if_that_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
