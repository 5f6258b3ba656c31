// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which verdicts a program may return, from its code alone. */
#include "base/cleanup.h"
#include "object/possible-verdicts.h"
#include "tests/unit/test.h"

#define SET(to, value)                                                               \
	{                                                                            \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (value) \
	}
#define MOVE(to, from)                                                                  \
	{                                                                               \
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from) \
	}
#define CALCULATE(operation, to, value)                                                  \
	{                                                                                \
		.code = BPF_ALU64 | (operation) | BPF_K, .dst_reg = (to), .imm = (value) \
	}
#define LOAD(to, from)                                                                \
	{                                                                             \
		.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (to), .src_reg = (from) \
	}
#define JUMP_IF(operation, register, value, length)                                            \
	{                                                                                      \
		.code = BPF_JMP | (operation) | BPF_K, .dst_reg = (register), .off = (length), \
		.imm = (value)                                                                 \
	}
#define JUMP(length)                                      \
	{                                                 \
		.code = BPF_JMP | BPF_JA, .off = (length) \
	}
#define HELPER(number)                                      \
	{                                                   \
		.code = BPF_JMP | BPF_CALL, .imm = (number) \
	}
#define CALL(length)                                                                    \
	{                                                                               \
		.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = (length) \
	}
#define EXIT                               \
	{                                  \
		.code = BPF_JMP | BPF_EXIT \
	}

#define ABORTED	 VERDICT_BIT(VERDICT_ABORTED)
#define DROP	 VERDICT_BIT(VERDICT_DROP)
#define PASS	 VERDICT_BIT(VERDICT_PASS)
#define TX	 VERDICT_BIT(VERDICT_TX)
#define REDIRECT VERDICT_BIT(VERDICT_REDIRECT)

#define RETURNS(expected, ...)                                                                     \
	do {                                                                                       \
		const struct bpf_insn code[] = { __VA_ARGS__ };                                    \
		assert_int_equal(possible_verdicts(code, sizeof(code) / sizeof(*code)), expected); \
	} while (0)

static void constants_are_followed(void **state)
{
	(void)state;
	RETURNS(PASS, SET(0, 2), EXIT);
	RETURNS(PASS, SET(6, 2), SET(3, 1), MOVE(0, 6), EXIT);
	RETURNS(ABORTED, SET(0, 7), EXIT);
	RETURNS(TX, SET(0, 1), CALCULATE(BPF_ADD, 0, 2), EXIT);
	RETURNS(DROP | PASS, SET(6, 1), JUMP_IF(BPF_JGT, 1, 9, 1), SET(6, 2), MOVE(0, 6), EXIT);
	RETURNS(DROP | PASS, SET(0, 1), JUMP_IF(BPF_JGT, 1, 9, 1), CALCULATE(BPF_ADD, 0, 1), EXIT);
}

static void code_that_is_not_reached_does_not_count(void **state)
{
	(void)state;
	RETURNS(PASS, SET(0, 2), JUMP(1), SET(0, 3), EXIT);
}

static void an_unknown_value_may_be_anything(void **state)
{
	(void)state;
	RETURNS(VERDICTS_ALL & ~REDIRECT, LOAD(0, 1), EXIT);
	RETURNS(ABORTED | DROP, LOAD(0, 1), CALCULATE(BPF_AND, 0, 1), EXIT);
	RETURNS(PASS | DROP, LOAD(0, 1), JUMP_IF(BPF_JEQ, 0, 2, 1), SET(0, 1), EXIT);
	RETURNS(VERDICTS_ALL & ~REDIRECT, HELPER(BPF_FUNC_ktime_get_ns), EXIT);
}

static void redirects_take_a_helper(void **state)
{
	(void)state;
	RETURNS(REDIRECT | ABORTED, HELPER(BPF_FUNC_redirect), EXIT);
	RETURNS(REDIRECT | PASS, SET(3, 2), HELPER(BPF_FUNC_redirect_map), EXIT);
	RETURNS(VERDICTS_ALL, HELPER(BPF_FUNC_redirect), LOAD(0, 1), EXIT);
}

static void functions_return_to_their_callers(void **state)
{
	(void)state;
	RETURNS(PASS, CALL(1), EXIT, SET(0, 2), EXIT);
	RETURNS(DROP, CALL(2), SET(0, 1), EXIT, SET(0, 2), EXIT);
	RETURNS(PASS | TX, CALL(1), EXIT, JUMP_IF(BPF_JGT, 1, 9, 2), SET(0, 2), EXIT, SET(0, 3),
		EXIT);
}

static void a_tail_call_does_not_return(void **state)
{
	(void)state;
	RETURNS(VERDICTS_ALL, HELPER(BPF_FUNC_tail_call), SET(0, 2), EXIT);
}

static void loops_end(void **state)
{
	(void)state;
	RETURNS(VERDICTS_ALL, SET(0, 0), CALCULATE(BPF_ADD, 0, 1), JUMP_IF(BPF_JLT, 0, 3, -2),
		EXIT);
}

static void odd_code_may_do_anything(void **state)
{
	(void)state;
	assert_int_equal(possible_verdicts(NULL, 0), VERDICTS_ALL);
	RETURNS(VERDICTS_ALL, JUMP(70));
	RETURNS(VERDICTS_ALL, SET(0, 2));
	RETURNS(VERDICTS_ALL, CALL(-9), EXIT);
}

static void more_values_in_a_register_never_give_fewer_results(void **state)
{
	(void)state;
	/* r6 is either 3 or read from memory, whichever is found first. */
	RETURNS(VERDICTS_ALL, SET(6, 3), JUMP_IF(BPF_JGT, 1, 9, 1), LOAD(6, 1),
		CALCULATE(BPF_ADD, 6, 1), MOVE(0, 6), EXIT);
	RETURNS(VERDICTS_ALL, LOAD(6, 1), JUMP_IF(BPF_JGT, 1, 9, 1), SET(6, 3),
		CALCULATE(BPF_ADD, 6, 1), MOVE(0, 6), EXIT);
}

static void nothing_runs_after_a_function_that_does_not_return(void **state)
{
	(void)state;
	RETURNS(PASS, JUMP_IF(BPF_JGT, 1, 9, 2), SET(0, 2), EXIT, CALL(2), SET(0, 1), EXIT,
		JUMP(-1));
}

static void registers_that_hold_no_numbers_are_passed_over(void **state)
{
	(void)state;
	RETURNS(PASS | DROP, SET(0, 2), JUMP_IF(BPF_JEQ, 10, 2, 1), SET(0, 1), EXIT);
	RETURNS(PASS | DROP, SET(0, 2), JUMP_IF(BPF_JNE, 15, 2, 1), SET(0, 1), EXIT);
}

/* As many as the verifier accepts. It would take hours if each block started the analysis again. */
#define INSTRUCTIONS 1000000
#define BLOCK_MAX    15000 /* of two instructions each; a jump reaches so far */

struct writing {
	struct bpf_insn *code;
	size_t length;
};

static void write_one(struct writing *writing, struct bpf_insn instruction)
{
	writing->code[writing->length++] = instruction;
}

/* Writes a jump to the last of some blocks, each of which jumps to the one before it. */
static void write_blocks(struct writing *writing, size_t count)
{
	write_one(writing, (struct bpf_insn)JUMP(2 * (count - 1)));
	for (size_t i = 0; i < count; i++) {
		write_one(writing, (struct bpf_insn)CALCULATE(BPF_ADD, 6, 1));
		write_one(writing, (struct bpf_insn)JUMP(i ? -4 : 2 * ((int)count - 1)));
	}
}

static void write_backwards(struct writing *writing)
{
	write_one(writing, (struct bpf_insn)SET(6, 0));
	while (writing->length < INSTRUCTIONS)
		write_blocks(writing, BLOCK_MAX);
	write_one(writing, (struct bpf_insn)SET(0, 1));
	write_one(writing, (struct bpf_insn)EXIT);
}

/* Writes functions that each call the one before it, and a program that calls the last. */
static void write_callers(struct writing *writing)
{
	write_one(writing, (struct bpf_insn)CALL(INSTRUCTIONS - 1));
	write_one(writing, (struct bpf_insn)EXIT);
	write_one(writing, (struct bpf_insn)SET(0, 1));
	write_one(writing, (struct bpf_insn)EXIT);
	while (writing->length < INSTRUCTIONS) {
		write_one(writing, (struct bpf_insn)CALL(-3));
		write_one(writing, (struct bpf_insn)EXIT);
	}
	writing->code[0].imm = writing->length - 3;
}

/* Writes one function with an exit every few instructions. */
static void write_exits(struct writing *writing)
{
	write_one(writing, (struct bpf_insn)SET(0, 1));
	while (writing->length < INSTRUCTIONS) {
		write_one(writing, (struct bpf_insn)JUMP_IF(BPF_JEQ, 1, 7, 1));
		write_one(writing, (struct bpf_insn)EXIT);
	}
	write_one(writing, (struct bpf_insn)EXIT);
}

static void time_grows_with_the_length_alone(void **state)
{
	void (*const writers[])(struct writing * writing) = { write_backwards, write_callers,
							      write_exits };

	(void)state;
	for (size_t i = 0; i < array_size(writers); i++) {
		struct writing writing = { .code = calloc(INSTRUCTIONS + 3 * BLOCK_MAX,
							  sizeof(*writing.code)) };

		writers[i](&writing);
		assert_int_equal(possible_verdicts(writing.code, writing.length), DROP);
		free(writing.code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_are_followed),
		cmocka_unit_test(code_that_is_not_reached_does_not_count),
		cmocka_unit_test(an_unknown_value_may_be_anything),
		cmocka_unit_test(redirects_take_a_helper),
		cmocka_unit_test(functions_return_to_their_callers),
		cmocka_unit_test(a_tail_call_does_not_return),
		cmocka_unit_test(loops_end),
		cmocka_unit_test(odd_code_may_do_anything),
		cmocka_unit_test(more_values_in_a_register_never_give_fewer_results),
		cmocka_unit_test(nothing_runs_after_a_function_that_does_not_return),
		cmocka_unit_test(registers_that_hold_no_numbers_are_passed_over),
		cmocka_unit_test(time_grows_with_the_length_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
