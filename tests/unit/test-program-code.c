// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which maps a program's instructions use, and how they are replaced. */
#include "base/cleanup.h"
#include "daemon/kernel/component/program-code.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define LOAD(kind, number)                                                                       \
	{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1, .src_reg = (kind), .imm = (number) }, \
	{                                                                                        \
		.imm = 0                                                                         \
	}

static const struct map_changes changes = { 3, (const int[]){ 5, 9, 700 },
					    (const int[]){ 9, 5, 6 } };

static void maps_are_exchanged_all_at_once(void **state)
{
	struct bpf_insn instructions[] = {
		LOAD(BPF_PSEUDO_MAP_FD, 5),	LOAD(BPF_PSEUDO_MAP_VALUE, 9),
		LOAD(BPF_PSEUDO_MAP_FD, 700),	LOAD(0, 5),
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct program_code code = { .instructions = instructions,
				     .n_instructions = array_size(instructions) };

	(void)state;
	assert_int_equal(program_code_change_maps(&code, &changes), 0);
	assert_int_equal(instructions[0].imm, 9);
	assert_int_equal(instructions[2].imm, 5);
	assert_int_equal(instructions[4].imm, 6);
	assert_int_equal(instructions[6].imm, 5); /* a number that is not a map */
}

/* The kernel accepts any descriptor of the process, also that of another component's map. */
static void a_map_that_is_not_the_objects_is_found(void **state)
{
	static const struct bpf_insn others[][2] = {
		{ LOAD(BPF_PSEUDO_MAP_FD, 6) },	 { LOAD(BPF_PSEUDO_MAP_VALUE, 701) },
		{ LOAD(BPF_PSEUDO_MAP_FD, -1) }, { LOAD(BPF_PSEUDO_MAP_FD, INT32_MAX) },
		{ LOAD(BPF_PSEUDO_MAP_IDX, 5) }, { LOAD(BPF_PSEUDO_MAP_IDX_VALUE, 5) },
	};
	const struct map_changes none = {};

	(void)state;
	for (size_t i = 0; i < array_size(others); i++) {
		struct bpf_insn instructions[2];
		struct program_code code = { .instructions = instructions, .n_instructions = 2 };

		memcpy(instructions, others[i], sizeof(instructions));
		assert_int_equal(program_code_change_maps(&code, &changes), -ENOENT);
		assert_memory_equal(instructions, others[i], sizeof(instructions));
		assert_int_equal(program_code_change_maps(&code, &none), -ENOENT);
		assert_memory_equal(instructions, others[i], sizeof(instructions));
		/* The verifier does not accept a truncated load. */
		code.n_instructions = 0;
		assert_int_equal(program_code_change_maps(&code, &none), 0);
	}
}

#define CALL(offset, number)                                                                   \
	{                                                                                      \
		.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .off = (offset), \
		.imm = (number)                                                                \
	}

/*
 * The loader owns the list with which the code was loaded; it is gone when the component is fused.
 */
static void calls_into_modules_mean_the_codes_own_list(void **state)
{
	struct bpf_insn *instructions = calloc(5, sizeof(*instructions));
	cleanup(closep) int one = open("/dev/null", O_RDONLY);
	cleanup(closep) int other = open("/dev/zero", O_RDONLY);
	const int list[] = { 0, -1, one, -1, other };
	const struct bpf_insn calls[] = {
		CALL(4, 1), CALL(0, 2), CALL(2, 3), CALL(4, 4), { .code = BPF_JMP | BPF_EXIT }
	};
	struct program_code code = { .instructions = instructions, .n_instructions = 5 };
	struct program_code copy;
	struct stat wanted, found;

	(void)state;
	memcpy(instructions, calls, sizeof(calls));
	assert_int_equal(program_code_take_modules(&code, list), 0);
	assert_int_equal(code.n_modules, 2);
	assert_int_equal(instructions[0].off, 1);
	assert_int_equal(instructions[1].off, 0); /* a function of the kernel itself */
	assert_int_equal(instructions[2].off, 2);
	assert_int_equal(instructions[3].off, 1);
	assert_int_equal(program_code_copy(&code, &copy), 0);
	program_code_done(&code);
	assert_int_equal(fstat(other, &wanted), 0);
	assert_int_equal(fstat(copy.modules[0], &found), 0);
	assert_int_equal(found.st_rdev, wanted.st_rdev);
	program_code_done(&copy);
}

static void calls_into_modules_that_were_not_passed_are_refused(void **state)
{
	const struct bpf_insn calls[] = { CALL(1, 1), CALL(-1, 1) };
	const int list[] = { 0, -1 };

	(void)state;
	for (size_t i = 0; i < array_size(calls); i++) {
		struct program_code code = { .instructions = calloc(1, sizeof(*calls)),
					     .n_instructions = 1 };

		code.instructions[0] = calls[i];
		assert_true(program_code_take_modules(&code, i ? list : NULL) < 0);
		program_code_done(&code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_are_exchanged_all_at_once),
		cmocka_unit_test(calls_into_modules_mean_the_codes_own_list),
		cmocka_unit_test(calls_into_modules_that_were_not_passed_are_refused),
		cmocka_unit_test(a_map_that_is_not_the_objects_is_found),
	};

	return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
