/* Which verdicts a program may return, from its code alone. */
#include "base/cleanup.h"
#include "object/verdicts.h"
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

#define RETURNS(expected, ...)                                                               \
	do {                                                                                 \
		const struct bpf_insn code[] = { __VA_ARGS__ };                              \
		assert_int_equal(verdicts_of(code, sizeof(code) / sizeof(*code)), expected); \
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

static void what_is_not_known_may_be_anything(void **state)
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

static void a_tail_call_does_not_come_back(void **state)
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
	assert_int_equal(verdicts_of(NULL, 0), VERDICTS_ALL);
	RETURNS(VERDICTS_ALL, JUMP(70));
	RETURNS(VERDICTS_ALL, SET(0, 2));
	RETURNS(VERDICTS_ALL, CALL(-9), EXIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_are_followed),
		cmocka_unit_test(code_that_is_not_reached_does_not_count),
		cmocka_unit_test(what_is_not_known_may_be_anything),
		cmocka_unit_test(redirects_take_a_helper),
		cmocka_unit_test(functions_return_to_their_callers),
		cmocka_unit_test(a_tail_call_does_not_come_back),
		cmocka_unit_test(loops_end),
		cmocka_unit_test(odd_code_may_do_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
