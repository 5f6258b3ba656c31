/* Which maps a program's instructions use, and that they use others when they are to. */
#include "base/cleanup.h"
#include "daemon/kernel/component/program-code.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

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
	assert_int_equal(instructions[6].imm, 5); /* a number, and no map */
}

/* The kernel takes any descriptor of the process, also one that is a map of somebody else. */
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
		assert_int_equal(code_check_maps(instructions, 2, &changes), -ENOENT);
		assert_int_equal(code_check_maps(instructions, 2, &none), -ENOENT);
		/* A load that is cut off is none that the verifier takes. */
		assert_int_equal(code_check_maps(instructions, 0, &none), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_are_exchanged_all_at_once),
		cmocka_unit_test(a_map_that_is_not_the_objects_is_found),
	};

	return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
