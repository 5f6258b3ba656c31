// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a fused program cannot contain is refused by name, before the layout. */
#include "base/cleanup.h"
#include "daemon/linkers/fused/unsupported.h"
#include "object/instruction.h"
#include "tests/unit/test.h"

#include <string.h>

static void an_obstacle_to_fusing_is_named(void **state)
{
	const struct {
		struct bpf_insn first, second;
		const char *sentence; /* NULL: it can contain it */
	} rows[] = {
		{ { .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = BPF_PSEUDO_BTF_ID, .imm = 9 },
		  {},
		  NULL },
		{ { .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = BPF_PSEUDO_BTF_ID, .imm = 9 },
		  { .imm = 12 },
		  "'fw' uses a variable of a kernel module, which the fused linker does not "
		  "support" },
		{ { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .off = 1 },
		  {},
		  NULL },
		{ { .code = BPF_JMP | BPF_JA | BPF_X },
		  {},
		  "'fw' jumps to addresses from a table, which the fused linker does not support" },
		{ { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = 77 },
		  {},
		  "'fw' throws exceptions (bpf_throw), which would end the whole fused chain" },
		{ { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = 78 },
		  {},
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(error_done) struct error error = {};
		struct fused fused = { .knows_ids = true, .ids = { 77, -1, -1, -1, -1 } };
		struct bpf_insn code[] = { rows[i].first, rows[i].second, INSTRUCTION_EXIT };
		const struct component component = {
			.spec = { .program = (char *)"fw", .sha256 = "0" },
			.code = { .instructions = code, .n_instructions = array_size(code) },
		};
		int result = fused_check(&fused.linker, &component, &error);

		assert_int_equal(result < 0, rows[i].sentence != NULL);
		if (rows[i].sentence)
			assert_string_equal(error.message, rows[i].sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_obstacle_to_fusing_is_named),
	};

	return cmocka_run_group_tests_name("unsupported", tests, NULL, NULL);
}
