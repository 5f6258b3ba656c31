#include "daemon/linkers/layout.h"
#include "tests/unit/test.h"

/* return VERDICT; */
#define RETURNS(verdict)                                                 \
	{                                                                \
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = verdict }, \
		{                                                        \
			.code = BPF_JMP | BPF_EXIT                       \
		}                                                        \
	}

/*
 * Runs a laid-out program, as far as these need it: moves, 32-bit tests, jumps, calls of blocks;
 * it ends at the store of the row. Returns the verdict, the row in `*ret_row`.
 */
static int interpret(const struct layout *layout, int *ret_row)
{
	uint64_t registers[11] = {};
	size_t back = 0;

	for (size_t at = 0; at < layout->n_instructions;) {
		const struct bpf_insn *now = &layout->instructions[at++];
		uint64_t *to = &registers[now->dst_reg];

		switch (now->code) {
		case BPF_ALU64 | BPF_MOV | BPF_K:
			*to = now->imm;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*to = registers[now->src_reg];
			break;
		case BPF_ALU | BPF_MOV | BPF_X:
			*to = (uint32_t)registers[now->src_reg];
			break;
		case BPF_JMP | BPF_JA:
			at += now->off;
			break;
		case BPF_JMP32 | BPF_JEQ | BPF_K:
			at += (uint32_t)*to == (uint32_t)now->imm ? now->off : 0;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			at += (uint32_t)*to != (uint32_t)now->imm ? now->off : 0;
			break;
		case BPF_JMP32 | BPF_JLE | BPF_K:
			at += (uint32_t)*to <= (uint32_t)now->imm ? now->off : 0;
			break;
		case BPF_JMP | BPF_CALL:
			assert_int_equal(now->src_reg, BPF_PSEUDO_CALL);
			back = at;
			at += now->imm;
			break;
		case BPF_JMP | BPF_EXIT:
			if (!back)
				return registers[0];
			at = back;
			back = 0;
			break;
		case BPF_STX | BPF_MEM | BPF_W:
			*ret_row = registers[now->src_reg];
			return registers[6];
		default:
			fail_msg("instruction %#x", now->code);
		}
	}
	fail_msg("ran off the end");
	return -1;
}

static void every_verdict_meets_every_proceed_set(void **state)
{
	(void)state;
	for (verdict_set proceed = 0; proceed <= VERDICTS_ALL; proceed++) {
		for (unsigned int verdict = 0; verdict < 8; verdict++) {
			const struct bpf_insn first[] = RETURNS(verdict),
					      second[] = RETURNS(VERDICT_DROP);
			const struct block blocks[] = { { first, 2, proceed }, { second, 2, 0 } };
			bool goes_on = verdict < VERDICT_COUNT && (proceed & VERDICT_BIT(verdict));
			struct layout layout;
			int row = -1, result;

			assert_int_equal(layout_chain(blocks, 2, 3, &layout), 0);
			result = interpret(&layout, &row);
			assert_int_equal(row, goes_on ? 1 : 0);
			if (goes_on)
				assert_int_equal(result, VERDICT_DROP);
			else
				assert_int_equal(result, verdict < VERDICT_COUNT ? verdict
										 : VERDICT_ABORTED);
			layout_done(&layout);
		}
	}
}

static void the_end_of_the_chain_passes_and_has_a_row_of_its_own(void **state)
{
	const struct bpf_insn passes[] = RETURNS(VERDICT_PASS);
	struct block blocks[32];

	(void)state;
	for (size_t i = 0; i < 32; i++)
		blocks[i] = (struct block){ passes, 2, PROCEED_DEFAULT };
	for (size_t count = 1; count <= 32; count++) {
		struct layout layout;
		int row = -1;

		assert_int_equal(layout_chain(blocks, count, 3, &layout), 0);
		assert_int_equal(interpret(&layout, &row), VERDICT_PASS);
		assert_int_equal(row, count);
		layout_done(&layout);
	}
}

static void an_empty_chain_passes(void **state)
{
	struct layout layout;
	int row = -1;

	(void)state;
	assert_int_equal(layout_chain(NULL, 0, 3, &layout), 0);
	assert_int_equal(interpret(&layout, &row), VERDICT_PASS);
	assert_int_equal(row, -1);
	layout_done(&layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_meets_every_proceed_set),
		cmocka_unit_test(the_end_of_the_chain_passes_and_has_a_row_of_its_own),
		cmocka_unit_test(an_empty_chain_passes),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
