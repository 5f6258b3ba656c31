// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Records in ring buffers, here in files that look like them. */
#define _GNU_SOURCE
#include "cli/trace/rings.h"

#include "base/cleanup.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE  4096
#define WHOLE (2 * PAGE + 2 * PAGE)

/* The kernel's side of a buffer of one page. */
struct writer {
	unsigned char *memory;
	unsigned long end;
};

static void open_buffer(struct writer *ret, struct rings *rings)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, WHOLE), 0);
	ret->memory = mmap(NULL, WHOLE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ret->end = 0;
	assert_ptr_not_equal(ret->memory, MAP_FAILED);
	assert_int_equal(rings_add(rings, fd, PAGE, NULL), 0);
}

static unsigned long position_of(const struct writer *writer, size_t page)
{
	unsigned long position;

	memcpy(&position, writer->memory + page * PAGE, sizeof(position));
	return position;
}

static void publish(struct writer *writer)
{
	memcpy(writer->memory + PAGE, &writer->end, sizeof(writer->end));
}

static void write_bytes(struct writer *writer, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char *at = writer->memory + 2 * PAGE + writer->end++ % PAGE;

		at[0] = at[PAGE] = ((const unsigned char *)bytes)[i];
	}
}

static void write_head(struct writer *writer, uint32_t length)
{
	const uint32_t head[] = { length, 0 };

	write_bytes(writer, head, sizeof(head));
}

static void write_record(struct writer *writer, uint32_t bits, const struct trace_record *record,
			 const char *bytes, size_t size)
{
	write_head(writer, (uint32_t)(sizeof(*record) + size) | bits);
	write_bytes(writer, record, sizeof(*record));
	write_bytes(writer, bytes, size);
	write_bytes(writer, "\0\0\0\0\0\0\0", (8 - size % 8) % 8);
	publish(writer);
}

static void write_simple(struct writer *writer, uint64_t time)
{
	const struct trace_record record = { .time_ns = time, .captured = 3 };

	write_record(writer, 0, &record, "abc", 3);
}

static void takes(struct rings *rings, uint64_t time)
{
	struct ring_record taken;

	assert_true(rings_take(rings, &taken));
	assert_int_equal(taken.record.time_ns, time);
	assert_memory_equal(taken.bytes, "abc", 3);
}

static void is_empty(struct rings *rings)
{
	struct ring_record taken;

	assert_false(rings_take(rings, &taken));
}

static void records_of_all_buffers_come_in_the_order_of_time(void **state)
{
	cleanup(rings_done) struct rings rings = {};
	struct writer first, second;

	(void)state;
	open_buffer(&first, &rings);
	open_buffer(&second, &rings);
	is_empty(&rings);
	write_simple(&first, 1);
	write_simple(&first, 4);
	write_simple(&second, 2);
	write_simple(&second, 3);
	for (uint64_t time = 1; time <= 4; time++)
		takes(&rings, time);
	is_empty(&rings);
}

static void records_continue_at_the_beginning_of_the_buffer(void **state)
{
	cleanup(rings_done) struct rings rings = {};
	struct writer writer;

	(void)state;
	open_buffer(&writer, &rings);
	for (uint64_t time = 1; time < 1000; time++) {
		write_simple(&writer, time);
		takes(&rings, time);
	}
	is_empty(&rings);
	assert_int_equal(position_of(&writer, 0), position_of(&writer, 1));
}

static void a_record_stays_until_the_next_one_is_taken(void **state)
{
	cleanup(rings_done) struct rings rings = {};
	struct writer writer;

	(void)state;
	open_buffer(&writer, &rings);
	write_simple(&writer, 1);
	takes(&rings, 1);
	assert_int_equal(position_of(&writer, 0), 0);
	is_empty(&rings);
	assert_int_equal(position_of(&writer, 0), writer.end);
}

static void lost_records_are_counted(void **state)
{
	const uint64_t lost[] = { 17, 0, 5 };
	cleanup(rings_done) struct rings rings = {};
	int fd = memfd_create("lost", MFD_CLOEXEC);

	(void)state;
	rings_count_lost(&rings);
	assert_int_equal(rings.n_lost, 0);
	assert_int_equal(write(fd, lost, sizeof(lost)), sizeof(lost));
	assert_int_equal(rings_add_lost(&rings, fd, 3, NULL), 0);
	rings_count_lost(&rings);
	assert_int_equal(rings.n_lost, 22);
	assert_int_equal(rings_add_lost(&rings, memfd_create("lost", MFD_CLOEXEC), 3, NULL),
			 -EINVAL);
}

static void records_that_are_not_finished_wait(void **state)
{
	const struct trace_record record = { .time_ns = 2, .captured = 3 };
	cleanup(rings_done) struct rings rings = {};
	struct writer writer;
	uint32_t length = sizeof(record) + 3;

	(void)state;
	open_buffer(&writer, &rings);
	write_record(&writer, BPF_RINGBUF_DISCARD_BIT, &record, "abc", 3);
	write_simple(&writer, 1);
	write_record(&writer, BPF_RINGBUF_BUSY_BIT, &record, "abc", 3);
	takes(&rings, 1);
	is_empty(&rings);
	memcpy(writer.memory + 2 * PAGE + 2 * 56, &length, sizeof(length));
	takes(&rings, 2);
}

static void damaged_records_are_skipped(void **state)
{
	const struct trace_record lying = { .captured = 100 };
	cleanup(rings_done) struct rings rings = {};
	struct writer writer;

	(void)state;
	open_buffer(&writer, &rings);
	write_record(&writer, 0, &lying, "abc", 3);
	write_head(&writer, 8);
	write_bytes(&writer, "\377\377\377\377\0\0\0\0", 8);
	write_head(&writer, 0);
	write_simple(&writer, 1);
	takes(&rings, 1);
	write_head(&writer, PAGE); /* more than there is */
	publish(&writer);
	is_empty(&rings);
}

static void senseless_sizes_are_refused(void **state)
{
	cleanup(rings_done) struct rings rings = {};
	cleanup(error_done) struct error error = {};

	(void)state;
	assert_int_equal(rings_add(&rings, memfd_create("ring", 0), 3 * PAGE, &error), -EINVAL);
	assert_string_equal(error.message,
			    "the size of ring buffer 0 is not a power of two of pages: 12288");
	assert_int_equal(rings_add(&rings, memfd_create("ring", 0), 0, NULL), -EINVAL);
	assert_int_equal(rings_add_lost(&rings, memfd_create("lost", 0), 0, NULL), -EINVAL);
	assert_int_equal(rings.n_items, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_all_buffers_come_in_the_order_of_time),
		cmocka_unit_test(records_continue_at_the_beginning_of_the_buffer),
		cmocka_unit_test(a_record_stays_until_the_next_one_is_taken),
		cmocka_unit_test(lost_records_are_counted),
		cmocka_unit_test(records_that_are_not_finished_wait),
		cmocka_unit_test(damaged_records_are_skipped),
		cmocka_unit_test(senseless_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
