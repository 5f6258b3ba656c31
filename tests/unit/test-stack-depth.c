// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* How deep calls go, and how much stack they take, according to the instructions. */
#include "object/instruction.h"
#include "object/stack-depth.h"
#include "object/verifier-log.h"
#include "tests/unit/test.h"

#include <string.h>

#define USE(...)                                            \
	stack_use((const struct bpf_insn[]){ __VA_ARGS__ }, \
		  sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn))

static void a_frame_is_as_large_as_its_deepest_address(void **state)
{
	(void)state;
	assert_int_equal(USE(set(0, 1), INSTRUCTION_EXIT), 0);
	assert_int_equal(USE(store_value(BPF_W, BPF_REG_10, -4, 0), INSTRUCTION_EXIT), 8);
	assert_int_equal(USE(load(BPF_DW, 1, BPF_REG_10, -24), INSTRUCTION_EXIT), 24);
	assert_int_equal(USE(move(2, BPF_REG_10), calculate(BPF_ADD, 2, -100)), 104);
	assert_int_equal(USE(move(2, BPF_REG_10), calculate(BPF_ADD, 2, -64),
			     store(BPF_B, 2, -16, 1), move(3, 2), calculate(BPF_ADD, 3, -32)),
			 96);
}

static void other_addresses_do_not_count_as_frame(void **state)
{
	(void)state;
	assert_int_equal(USE(load(BPF_DW, 1, BPF_REG_6, -24)), 0);
	assert_int_equal(USE(set(2, 5), calculate(BPF_ADD, 2, -100)), 0);
	/* Its value is lost by a load, by other arithmetic, and by a call. */
	assert_int_equal(
		USE(move(2, BPF_REG_10), load(BPF_DW, 2, 6, 0), calculate(BPF_ADD, 2, -100)), 0);
	assert_int_equal(USE(move(2, BPF_REG_10), calculate_from(BPF_ADD, 2, 3),
			     calculate(BPF_ADD, 2, -100)),
			 0);
	assert_int_equal(USE(move(2, BPF_REG_10), call_helper(5), calculate(BPF_ADD, 2, -100)), 0);
	assert_int_equal(USE(move(6, BPF_REG_10), call_helper(5), calculate(BPF_ADD, 6, -100)),
			 104);
}

static void hostile_instructions_are_survived(void **state)
{
	struct bpf_insn instructions[64];

	(void)state;
	memset(instructions, 0xff, sizeof(instructions));
	stack_use(instructions, 64);
	assert_int_equal(USE(move(2, BPF_REG_10), calculate(BPF_ADD, 2, -2147483647)), UINT16_MAX);
}

/* A function that needs that much stack, and calls the functions of these numbers. */
static struct function function(struct bpf_insn *instruction, short bytes, struct numbers callees)
{
	*instruction = store_value(BPF_DW, BPF_REG_10, -bytes, 0);
	return (struct function){ .instructions = instruction,
				  .length = bytes ? 1 : 0,
				  .callees = callees };
}

#define CALLS(...) \
	((struct numbers){ sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), (int[]){ __VA_ARGS__ } })
#define NONE ((struct numbers){})

static void the_deepest_way_counts(void **state)
{
	struct bpf_insn instructions[4];
	struct function functions[] = {
		function(&instructions[0], 0, CALLS(1, 2)),
		function(&instructions[1], 400, NONE),
		function(&instructions[2], 8, CALLS(3)),
		function(&instructions[3], 40, NONE),
	};
	const struct elf_code elf_code = { .n_functions = 4, .functions = functions };
	struct stack_depth depth;

	(void)state;
	assert_int_equal(stack_depth_measure(&elf_code, &functions[0], &depth), 0);
	assert_int_equal(depth.frames, 3);
	assert_int_equal(depth.bytes, 32 + 416);
	assert_int_equal(depth.least, 400);
	assert_false(depth.is_recursive || depth.tail_calls);
	functions[3].tail_calls = true;
	assert_int_equal(stack_depth_measure(&elf_code, &functions[0], &depth), 0);
	assert_true(depth.tail_calls);
	assert_int_equal(depth.above_tail_call, 32 + 32 + 64);
}

static void recursion_is_found_and_ends(void **state)
{
	struct bpf_insn instructions[3];
	struct function functions[] = {
		function(&instructions[0], 0, CALLS(1)),
		function(&instructions[1], 0, CALLS(2)),
		function(&instructions[2], 0, CALLS(1)),
	};
	const struct elf_code elf_code = { .n_functions = 3, .functions = functions };
	struct stack_depth depth;

	(void)state;
	assert_int_equal(stack_depth_measure(&elf_code, &functions[0], &depth), 0);
	assert_true(depth.is_recursive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_as_large_as_its_deepest_address),
		cmocka_unit_test(other_addresses_do_not_count_as_frame),
		cmocka_unit_test(hostile_instructions_are_survived),
		cmocka_unit_test(the_deepest_way_counts),
		cmocka_unit_test(recursion_is_found_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
