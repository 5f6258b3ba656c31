// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/fused/inline-choice.h"
#include "tests/unit/test.h"

#include <linux/bpf.h>

#define CHAIN_MAX 4

static struct join_result join_results[CHAIN_MAX];
static struct frame frame;

static size_t choose(const struct code_analysis *analyses, size_t n)
{
	return inline_choose(analyses, n, join_results, NULL, &frame);
}

static void all_are_inlined_without_an_obstacle(void **state)
{
	const struct code_analysis analyses[] = { { .stack = 16, .saved_registers = 1 },
						  { .stack = 480, .saved_registers = 4 } };

	(void)state;
	assert_int_equal(choose(analyses, 2), 2);
	assert_int_equal(join_results[0].join, JOIN_INLINED);
	assert_int_equal(join_results[1].join, JOIN_INLINED);
	assert_null(join_results[1].why);
	assert_int_equal(frame.context_register, BPF_REG_7);
	assert_int_equal(frame.stack, 480);
}

static void the_context_goes_below_all_frames_when_registers_are_taken(void **state)
{
	const struct code_analysis analyses[] = { { .stack = 16, .saved_registers = 0x0f },
						  { .stack = 36 } };

	(void)state;
	assert_int_equal(choose(analyses, 2), 2);
	assert_int_equal(frame.context_register, 0);
	assert_int_equal(frame.context_offset, -48);
	assert_int_equal(frame.stack, 48);
}

static void the_reason_to_be_called_is_the_obstacle(void **state)
{
	const struct code_analysis analyses[] = { { .obstacle = "it is odd" }, {} };

	(void)state;
	assert_int_equal(choose(analyses, 2), 2);
	assert_int_equal(join_results[0].join, JOIN_CALLED);
	assert_string_equal(join_results[0].why, "it is odd");
	assert_int_equal(join_results[1].join, JOIN_INLINED);
}

static void a_program_without_an_object_is_run_by_a_tail_call(void **state)
{
	const struct code_analysis analyses[] = { { .stack = 480 }, { .is_elsewhere = true } };

	(void)state;
	assert_int_equal(choose(analyses, 2), 2);
	assert_int_equal(join_results[0].join, JOIN_INLINED);
	assert_int_equal(join_results[1].join, JOIN_TAIL_CALLED);
	assert_non_null(join_results[1].why);
}

/*
 * 480 bytes in the shared frame would leave 32 for the function of the neighbour, which needs 96.
 */
static void a_large_frame_is_called_where_it_would_crowd_a_neighbour(void **state)
{
	const struct code_analysis analyses[] = { { .stack = 470 },
						  { .stack = 16, .below = 96, .frames = 1 } };

	(void)state;
	assert_int_equal(choose(analyses, 2), 2);
	assert_int_equal(join_results[0].join, JOIN_CALLED);
	assert_non_null(join_results[0].why);
	assert_int_equal(join_results[1].join, JOIN_INLINED);
}

static void tail_calls_want_a_small_frame_above_them(void **state)
{
	const struct code_analysis analyses[] = {
		{ .stack = 300 },
		{ .obstacle = "it makes tail calls", .tail_calls = true },
	};

	(void)state;
	assert_int_equal(choose(analyses, 2), 2);
	assert_int_equal(join_results[0].join, JOIN_CALLED);
}

static void the_first_component_that_cannot_be_joined_is_returned(void **state)
{
	const struct code_analysis analyses[] = {
		{ .stack = 16 }, { .stack = 512, .obstacle = "it has callbacks" }
	};

	(void)state;
	assert_int_equal(choose(analyses, 2), 1);
}

/* Its own functions may use all eight frames, but the rootlet must not need another one. */
static void frames_are_counted(void **state)
{
	const struct code_analysis analyses[] = { { .below = 7 * 32, .frames = 7 } };
	const struct code_analysis called[] = {
		{ .below = 7 * 32, .frames = 7, .obstacle = "so" }
	};

	(void)state;
	assert_int_equal(choose(analyses, 1), 1);
	assert_int_equal(choose(called, 1), 0);
}

static void a_chain_that_is_too_long_calls_its_longest(void **state)
{
	const struct code_analysis analyses[] = { { .main_length = 12000 },
						  { .main_length = 14000 },
						  { .main_length = 13000 },
						  { .main_length = 10 } };

	(void)state;
	assert_int_equal(choose(analyses, 4), 4);
	assert_int_equal(join_results[0].join, JOIN_INLINED);
	assert_int_equal(join_results[1].join, JOIN_CALLED);
	assert_int_equal(join_results[2].join, JOIN_INLINED);
	assert_int_equal(join_results[3].join, JOIN_INLINED);
}

/* Filters of many tracers alone can be longer than what inlined components may have. */
static void traces_can_leave_no_room_for_inlined_components(void **state)
{
	const struct code_analysis analyses[] = { { .main_length = 10 }, { .main_length = 20 } };
	struct trace_plan plan = { .n_tracings = TRACES_MAX };

	(void)state;
	for (size_t i = 0; i < plan.n_tracings; i++)
		plan.tracings[i].n_filter = TRACE_FILTER_MAX;
	assert_int_equal(inline_choose(analyses, 2, join_results, &plan, &frame), 2);
	assert_int_equal(join_results[0].join, JOIN_CALLED);
	assert_int_equal(join_results[1].join, JOIN_CALLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_inlined_without_an_obstacle),
		cmocka_unit_test(the_context_goes_below_all_frames_when_registers_are_taken),
		cmocka_unit_test(the_reason_to_be_called_is_the_obstacle),
		cmocka_unit_test(a_program_without_an_object_is_run_by_a_tail_call),
		cmocka_unit_test(a_large_frame_is_called_where_it_would_crowd_a_neighbour),
		cmocka_unit_test(tail_calls_want_a_small_frame_above_them),
		cmocka_unit_test(the_first_component_that_cannot_be_joined_is_returned),
		cmocka_unit_test(frames_are_counted),
		cmocka_unit_test(a_chain_that_is_too_long_calls_its_longest),
		cmocka_unit_test(traces_can_leave_no_room_for_inlined_components),
	};

	return cmocka_run_group_tests_name("joints", tests, NULL, NULL);
}
