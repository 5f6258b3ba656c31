// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/chain/component-stats.h"
#include "tests/unit/test.h"

static void runs_and_proceeds_follow_from_where_packets_left(void **state)
{
	/* 3 were dropped at the first, 5 passed and 2 sent back at the second, 7 went through. */
	const struct counter_row rows[] = {
		{ .verdict[VERDICT_DROP] = 3 },
		{ .verdict[VERDICT_PASS] = 5, .verdict[VERDICT_TX] = 2 },
		{ .verdict[VERDICT_PASS] = 7 },
	};
	struct component_stats stats[2];

	(void)state;
	component_stats_count(rows, 3, 2, stats);
	assert_int_equal(stats[0].run, 17);
	assert_int_equal(stats[0].proceed, 14);
	assert_int_equal(stats[0].terminate[VERDICT_DROP], 3);
	assert_int_equal(stats[1].run, 14);
	assert_int_equal(stats[1].proceed, 7);
	assert_int_equal(stats[1].terminate[VERDICT_PASS], 5);
	assert_int_equal(stats[1].terminate[VERDICT_TX], 2);
	component_stats_add(&stats[0], &stats[1]);
	assert_int_equal(stats[0].run, 31);
}

static void an_empty_chain_has_no_stats(void **state)
{
	const struct counter_row end = { .verdict[VERDICT_PASS] = 7 };

	(void)state;
	component_stats_count(&end, 1, 0, NULL);
}

static void the_last_rows_count_verdicts_that_became_aborted(void **state)
{
	const struct counter_row rows[] = {
		{ .verdict[VERDICT_ABORTED] = 3 }, {},
		{ .verdict[VERDICT_PASS] = 7 },	   { .verdict[VERDICT_ABORTED] = 3 },
		{ .verdict[VERDICT_ABORTED] = 4 },
	};
	struct component_stats stats[2];

	(void)state;
	component_stats_count(rows, 5, 2, stats);
	assert_int_equal(stats[0].overruled, 3);
	assert_int_equal(stats[0].run, 10);
	assert_int_equal(stats[1].overruled, 4);
	assert_int_equal(stats[1].proceed, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_and_proceeds_follow_from_where_packets_left),
		cmocka_unit_test(the_last_rows_count_verdicts_that_became_aborted),
		cmocka_unit_test(an_empty_chain_has_no_stats),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
