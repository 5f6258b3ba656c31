// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Records in perf buffers, here in files that look like them. */
#define _GNU_SOURCE
#include "cli/trace/rings.h"

#include "base/cleanup.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

/* The kernel's side of a buffer of one page. */
struct writer {
	int fd;
	struct perf_event_mmap_page *head;
};

static void open_buffer(struct writer *ret, struct rings *rings)
{
	ret->fd = memfd_create("ring", MFD_CLOEXEC);
	assert_int_equal(ftruncate(ret->fd, 2 * PAGE), 0);
	ret->head = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ret->fd, 0);
	assert_ptr_not_equal(ret->head, MAP_FAILED);
	assert_int_equal(rings_add(rings, ret->fd, PAGE, NULL), 0);
}

static void write_bytes(struct writer *writer, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((char *)writer->head)[PAGE + writer->head->data_head++ % PAGE] =
			((const char *)bytes)[i];
}

static void write_head(struct writer *writer, uint32_t type, size_t size)
{
	const struct perf_event_header event = { .type = type,
						 .size = (uint16_t)(sizeof(event) + size) };

	write_bytes(writer, &event, sizeof(event));
}

static void write_record(struct writer *writer, const struct trace_record *record,
			 const char *bytes, size_t size)
{
	uint32_t raw_size = (uint32_t)((sizeof(*record) + size + 4 + 7) / 8 * 8 - 4);

	write_head(writer, PERF_RECORD_SAMPLE, raw_size + 4);
	write_bytes(writer, &raw_size, sizeof(raw_size));
	write_bytes(writer, record, sizeof(*record));
	write_bytes(writer, bytes, size);
	write_bytes(writer, "\0\0\0\0\0\0\0", raw_size - sizeof(*record) - size);
}

static void write_simple(struct writer *writer, uint64_t time)
{
	const struct trace_record record = { .time_ns = time, .captured = 3 };

	write_record(writer, &record, "abc", 3);
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
	assert_int_equal(writer.head->data_tail, writer.head->data_head);
}

static void lost_records_are_counted(void **state)
{
	const uint64_t lost[] = { 17, 5 };
	cleanup(rings_done) struct rings rings = {};
	struct writer writer;

	(void)state;
	open_buffer(&writer, &rings);
	write_head(&writer, PERF_RECORD_LOST, sizeof(lost));
	write_bytes(&writer, lost, sizeof(lost));
	write_simple(&writer, 1);
	takes(&rings, 1);
	assert_int_equal(rings.n_lost, 5);
}

static void damaged_records_are_skipped(void **state)
{
	const struct trace_record lying = { .captured = 100 };
	cleanup(rings_done) struct rings rings = {};
	struct writer writer;

	(void)state;
	open_buffer(&writer, &rings);
	write_record(&writer, &lying, "abc", 3);
	write_head(&writer, PERF_RECORD_SAMPLE, 8);
	write_bytes(&writer, "\377\377\377\377\0\0\0\0", 8);
	write_head(&writer, 77, 0);
	write_simple(&writer, 1);
	takes(&rings, 1);
	write_head(&writer, PERF_RECORD_SAMPLE, UINT16_MAX - 8); /* more than there is */
	is_empty(&rings);
}

static void senseless_sizes_are_refused(void **state)
{
	cleanup(rings_done) struct rings rings = {};
	cleanup(error_done) struct error error = {};

	(void)state;
	assert_int_equal(rings_add(&rings, memfd_create("ring", 0), 3 * PAGE, &error), -EINVAL);
	assert_string_equal(error.message,
			    "the size of perf buffer 0 is not a power of two of pages: 12288");
	assert_int_equal(rings_add(&rings, memfd_create("ring", 0), 0, NULL), -EINVAL);
	assert_int_equal(rings.n_items, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_all_buffers_come_in_the_order_of_time),
		cmocka_unit_test(records_continue_at_the_beginning_of_the_buffer),
		cmocka_unit_test(lost_records_are_counted),
		cmocka_unit_test(damaged_records_are_skipped),
		cmocka_unit_test(senseless_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
