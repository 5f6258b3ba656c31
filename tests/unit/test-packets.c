// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Packets as they are sent with a request, and how their bytes changed. */
#include "base/cleanup.h"
#include "daemon/control/packets/packet-diff.h"
#include "daemon/control/packets/packets.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static int parse(const char *bytes, size_t size, size_t n_max, struct packets *ret)
{
	struct blob blob = { malloc(size + 1), size };

	memcpy(blob.bytes, bytes, size);
	return packets_parse(&blob, n_max, ret, NULL);
}

#define PARSE(text, n_max, ret) parse(text, sizeof(text) - 1, n_max, ret)

static void packets_are_found(void **state)
{
	cleanup(packets_done) struct packets packets = {};

	(void)state;
	assert_int_equal(PARSE("\2\0\0\0\2\0\0\0ab\0\0\0\0\0\0\0\0\1\0\0\0\0\1\0\0c", 3, &packets),
			 0);
	assert_int_equal(packets.n_items, 3);
	assert_int_equal(packets.items[0].size, 2);
	assert_memory_equal(packets.items[0].bytes, "ab", 2);
	assert_int_equal(packets.items[1].size, 0);
	assert_int_equal(packets.items[2].original, 256);
	assert_memory_equal(packets.items[2].bytes, "c", 1);
}

static void a_file_without_packets_is_valid(void **state)
{
	cleanup(packets_done) struct packets packets = {};

	(void)state;
	assert_int_equal(PARSE("", 3, &packets), 0);
	assert_int_equal(packets.n_items, 0);
}

static void damaged_packets_are_refused(void **state)
{
	struct packets packets = {};

	(void)state;
	assert_int_equal(PARSE("\2\0\0\0\2\0\0", 3, &packets), -EBADMSG);
	assert_int_equal(PARSE("\2\0\0\0\2\0\0\0a", 3, &packets), -EBADMSG);
	assert_int_equal(PARSE("\377\377\377\377\377\377\377\377ab", 3, &packets), -EBADMSG);
	assert_int_equal(PARSE("\2\0\0\0\1\0\0\0ab", 3, &packets), -EBADMSG);
	assert_int_equal(PARSE("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 1, &packets), -E2BIG);
}

static void finds(const char *before, const char *after, struct packet_diff *ret)
{
	assert_int_equal(packet_diff_find((const unsigned char *)before, strlen(before),
					  (const unsigned char *)after, strlen(after), ret),
			 0);
}

static void is(const struct byte_change *change, size_t offset, const char *before,
	       const char *after)
{
	assert_int_equal(change->offset, offset);
	assert_int_equal(change->n_before, strlen(before));
	assert_int_equal(change->n_after, strlen(after));
	assert_memory_equal(change->before, before, strlen(before));
	assert_memory_equal(change->after, after, strlen(after));
}

static void runs_of_bytes_that_differ_are_found(void **state)
{
	cleanup(packet_diff_done) struct packet_diff changes = {}, none = {}, all = {};

	(void)state;
	finds("abcdefg", "aXYdefZ", &changes);
	assert_int_equal(changes.n_items, 2);
	is(&changes.items[0], 1, "bc", "XY");
	is(&changes.items[1], 6, "g", "Z");
	finds("abc", "abc", &none);
	assert_int_equal(none.n_items, 0);
	finds("abc", "xyz", &all);
	assert_int_equal(all.n_items, 1);
	is(&all.items[0], 0, "abc", "xyz");
}

static void packets_of_another_length_differ_in_one_place(void **state)
{
	static const struct {
		const char *before, *after;
		size_t offset;
		const char *out, *in;
	} cases[] = {
		{ "abcd", "abXYcd", 2, "", "XY" },   { "abcd", "ad", 1, "bc", "" },
		{ "abcd", "aXYZd", 1, "bc", "XYZ" }, { "aaa", "aa", 2, "a", "" },
		{ "", "ab", 0, "", "ab" },	     { "ab", "", 0, "ab", "" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup(packet_diff_done) struct packet_diff changes = {};

		finds(cases[i].before, cases[i].after, &changes);
		assert_int_equal(changes.n_items, 1);
		is(&changes.items[0], cases[i].offset, cases[i].out, cases[i].in);
	}
}

static void many_runs_become_one(void **state)
{
	cleanup(packet_diff_done) struct packet_diff many = {}, too_many = {};
	char before[2 * PACKET_DIFF_MAX + 4] = "", after[sizeof(before)] = "";

	(void)state;
	memset(before, 'a', sizeof(before) - 1);
	memset(after, 'a', sizeof(after) - 1);
	for (size_t i = 0; i < PACKET_DIFF_MAX; i++)
		after[2 * i + 1] = 'b';
	finds(before, after, &many);
	assert_int_equal(many.n_items, PACKET_DIFF_MAX);
	after[2 * PACKET_DIFF_MAX + 1] = 'b';
	finds(before, after, &too_many);
	assert_int_equal(too_many.n_items, 1);
	assert_int_equal(too_many.items[0].offset, 1);
	assert_int_equal(too_many.items[0].n_after, 2 * PACKET_DIFF_MAX + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_found),
		cmocka_unit_test(a_file_without_packets_is_valid),
		cmocka_unit_test(damaged_packets_are_refused),
		cmocka_unit_test(runs_of_bytes_that_differ_are_found),
		cmocka_unit_test(packets_of_another_length_differ_in_one_place),
		cmocka_unit_test(many_runs_become_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
