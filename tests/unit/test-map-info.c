// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* How much memory a map takes when it is full. */
#include "daemon/kernel/info/map-info.h"
#include "tests/unit/test.h"

#include <bpf/libbpf.h>

static void entries_are_counted_whether_they_exist_or_not(void **state)
{
	(void)state;
	assert_true(map_bytes_when_full(BPF_MAP_TYPE_HASH, 4, 8, 1000) >= 16000);
	assert_int_equal(map_bytes_when_full(BPF_MAP_TYPE_ARRAY, 4, 5, 10), 160);
}

static void per_cpu_maps_have_a_value_for_each_cpu(void **state)
{
	uint64_t n_cpus = libbpf_num_possible_cpus();

	(void)state;
	assert_int_equal(map_bytes_when_full(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 10),
			 10 * (8 + 8 * n_cpus));
}

static void ring_buffers_have_no_entries(void **state)
{
	(void)state;
	assert_int_equal(map_bytes_when_full(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096), 4096);
}

static void sizes_that_overflow_are_too_large(void **state)
{
	(void)state;
	assert_true(map_bytes_when_full(BPF_MAP_TYPE_HASH, UINT32_MAX, UINT32_MAX, UINT32_MAX) ==
		    UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_counted_whether_they_exist_or_not),
		cmocka_unit_test(per_cpu_maps_have_a_value_for_each_cpu),
		cmocka_unit_test(ring_buffers_have_no_entries),
		cmocka_unit_test(sizes_that_overflow_are_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
