// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/fused/code-analysis.h"
#include "object/instruction.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#define WIDE_LOAD(to, source, value)                                                           \
	{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = to, .src_reg = source, .imm = value }, \
	{                                                                                      \
	}

static struct code_analysis read_analysis(struct bpf_insn *instructions, size_t length,
					  struct verifier_work work)
{
	const struct program_code code = { .n_instructions = length, .instructions = instructions };
	struct code_analysis analysis;

	assert_int_equal(code_analysis_read(&code, &work, &analysis), 0);
	return analysis;
}

#define READ(instructions, ...)                                                     \
	read_analysis(instructions, sizeof(instructions) / sizeof(*(instructions)), \
		      (struct verifier_work){ __VA_ARGS__ })

static void a_plain_program_can_be_inlined(void **state)
{
	struct bpf_insn code[] = { set(BPF_REG_7, 1), set(BPF_REG_0, 2), INSTRUCTION_EXIT };
	struct code_analysis analysis = READ(code, .n_functions = 1, .stack = { 16 });

	(void)state;
	assert_null(analysis.obstacle);
	assert_int_equal(analysis.main_length, 3);
	assert_int_equal(analysis.stack, 16);
	assert_int_equal(analysis.below, 0);
	assert_int_equal(analysis.saved_registers, 1 << 1);
}

static void the_context_is_used_unless_it_is_surely_overwritten(void **state)
{
	struct bpf_insn constant[] = { set(BPF_REG_0, 2), INSTRUCTION_EXIT };
	struct bpf_insn overwritten[] = { WIDE_LOAD(BPF_REG_1, 0, 7),
					  load(BPF_W, BPF_REG_2, BPF_REG_1, 0), INSTRUCTION_EXIT };
	struct bpf_insn read[] = { load(BPF_W, BPF_REG_1, BPF_REG_1, 0), INSTRUCTION_EXIT };
	struct bpf_insn stored[] = { store(BPF_DW, BPF_REG_10, -8, BPF_REG_1), INSTRUCTION_EXIT };
	struct bpf_insn passed[] = { call_helper(BPF_FUNC_xdp_adjust_head), INSTRUCTION_EXIT };
	struct bpf_insn forked[] = { jump_if(BPF_JEQ, BPF_REG_0, 1, 1), set(BPF_REG_1, 0),
				     INSTRUCTION_EXIT };

	(void)state;
	assert_false(READ(constant, .n_functions = 1).uses_context);
	assert_false(READ(overwritten, .n_functions = 1).uses_context);
	assert_true(READ(read, .n_functions = 1).uses_context);
	assert_true(READ(stored, .n_functions = 1).uses_context);
	assert_true(READ(passed, .n_functions = 1).uses_context);
	assert_true(READ(forked, .n_functions = 1).uses_context);
}

/* The verifier may not count stores that it removes itself. */
static void direct_stores_count_as_stack(void **state)
{
	struct bpf_insn code[] = { store(BPF_DW, BPF_REG_10, -40, BPF_REG_1), set(BPF_REG_0, 2),
				   INSTRUCTION_EXIT };

	(void)state;
	assert_int_equal(READ(code, .n_functions = 1, .stack = { 0 }).stack, 40);
}

/* main calls a, a calls b, and main calls b */
static void frames_below_are_summed_along_the_deepest_way(void **state)
{
	struct bpf_insn code[] = {
		call_function(2),  call_function(3), INSTRUCTION_EXIT, /* main */
		call_function(1),  INSTRUCTION_EXIT,		       /* a */
		set(BPF_REG_0, 2), INSTRUCTION_EXIT,		       /* b */
	};
	struct code_analysis analysis = READ(code, .n_functions = 3, .stack = { 8, 40, 100 });

	(void)state;
	assert_null(analysis.obstacle);
	assert_int_equal(analysis.main_length, 3);
	assert_int_equal(analysis.stack, 8);
	assert_int_equal(analysis.below, 64 + 128);
	assert_int_equal(analysis.frames, 2);
}

static void tail_calls_and_callbacks_are_obstacles(void **state)
{
	struct bpf_insn tail[] = { call_function(1), INSTRUCTION_EXIT,
				   call_helper(BPF_FUNC_tail_call), INSTRUCTION_EXIT };
	struct bpf_insn callback[] = { WIDE_LOAD(BPF_REG_2, BPF_PSEUDO_FUNC, 3), set(BPF_REG_0, 2),
				       INSTRUCTION_EXIT, INSTRUCTION_EXIT };
	struct code_analysis analysis = READ(tail, .n_functions = 2, .stack = { 50, 0 });

	(void)state;
	assert_non_null(analysis.obstacle);
	assert_true(analysis.tail_calls);
	assert_int_equal(analysis.above_tail_call, 64);
	analysis = READ(callback, .n_functions = 2, .stack = { 0, 8 });
	assert_non_null(analysis.obstacle);
	assert_int_equal(analysis.main_length, 4);
	assert_int_equal(analysis.below, 32);
}

static void unknown_stack_is_an_obstacle(void **state)
{
	struct bpf_insn code[] = { call_function(1), INSTRUCTION_EXIT, set(BPF_REG_0, 2),
				   INSTRUCTION_EXIT };

	(void)state;
	assert_non_null(READ(code, .n_functions = 0).obstacle);
	assert_non_null(READ(code, .n_functions = 1, .stack = { 8 }).obstacle);
	assert_null(READ(code, .n_functions = 2, .stack = { 8, 8 }).obstacle);
}

static void a_program_that_never_returns_is_called(void **state)
{
	struct bpf_insn code[] = { jump(-1) };

	(void)state;
	assert_non_null(READ(code, .n_functions = 1).obstacle);
}

static void recursion_and_ways_out_of_a_function_are_refused(void **state)
{
	static const struct bpf_insn rows[][4] = {
		{ { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = -1 } },
		{ { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 7 } },
		{ { .code = BPF_JMP | BPF_JA, .off = 3 } },
		{ { .code = BPF_JMP | BPF_JA, .off = -2 } },
		{ { .code = BPF_JMP32 | BPF_JA, .imm = INT32_MAX } },
		/* Into the function that is called. */
		{ { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 1 },
		  { .code = BPF_JMP | BPF_JEQ, .off = 0 } },
	};
	const struct verifier_work work = { .n_functions = 2 };
	struct code_analysis analysis;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bpf_insn code[] = { rows[i][0], rows[i][1], rows[i][2], INSTRUCTION_EXIT };

		assert_int_equal(code_analysis_read(&(struct program_code){ .n_instructions = 4,
									    .instructions = code },
						    &work, &analysis),
				 -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_program_can_be_inlined),
		cmocka_unit_test(the_context_is_used_unless_it_is_surely_overwritten),
		cmocka_unit_test(direct_stores_count_as_stack),
		cmocka_unit_test(frames_below_are_summed_along_the_deepest_way),
		cmocka_unit_test(tail_calls_and_callbacks_are_obstacles),
		cmocka_unit_test(unknown_stack_is_an_obstacle),
		cmocka_unit_test(a_program_that_never_returns_is_called),
		cmocka_unit_test(recursion_and_ways_out_of_a_function_are_refused),
	};

	return cmocka_run_group_tests_name("anatomy", tests, NULL, NULL);
}
