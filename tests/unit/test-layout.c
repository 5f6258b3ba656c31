// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/linkers/codegen/layout.h"
#include "object/instruction.h"
#include "tests/unit/test.h"

#include <string.h>

#define CONTEXT		0xc0de
#define WRONG_CONTEXT	7
#define STACK_REGISTERS 128

/* What a program returned, and where it wanted to count it. */
struct outcome {
	int verdict;
	int row;       /* -1: it did not count */
	int overruled; /* the blocks whose verdict was forbidden, one bit each */
	int told_row;  /* the same, as account() was told; -1: it was not called */
	int told_verdict;
	int told_overruled;
	bool jumps;	  /* it made a tail call, which failed */
	uint64_t context; /* the context that the tail call got */
};

struct machine {
	const struct layout *layout;
	uint64_t registers[11];
	uint64_t stack[STACK_REGISTERS]; /* one for every four bytes, the first at r10 - 512 */
	size_t returns[8];
	size_t n_returns;
};

static uint64_t *stack_at(struct machine *machine, int offset)
{
	assert_in_range(offset, -512, -1);
	return &machine->stack[(512 + offset) / 4];
}

static bool holds(const struct bpf_insn *now, uint64_t left)
{
	uint64_t right = (int64_t)now->imm;

	if (BPF_CLASS(now->code) == BPF_JMP32) {
		left = (uint32_t)left;
		right = (uint32_t)right;
	}
	switch (BPF_OP(now->code)) {
	case BPF_JEQ:
		return left == right;
	case BPF_JNE:
		return left != right;
	case BPF_JGT:
		return left > right;
	case BPF_JLE:
		return left <= right;
	}
	fail_msg("condition %#x", now->code);
	return false;
}

/* account() is called, and overwrites the registers that a function may overwrite. */
static void hear(struct machine *machine, struct outcome *outcome)
{
	size_t row = machine->registers[1];

	if (row > machine->layout->n_places) {
		outcome->told_overruled |= 1 << (row - machine->layout->n_places - 1);
		assert_int_equal(machine->registers[2], VERDICT_ABORTED);
	} else {
		assert_int_equal(outcome->told_row, -1);
		outcome->told_row = row;
		outcome->told_verdict = machine->registers[2];
	}
	for (int number = 0; number <= 5; number++)
		machine->registers[number] = 0xbad;
}

/* Executes one instruction, of those that these programs need; true at the end. */
static bool step(struct machine *machine, size_t *at, struct outcome *outcome)
{
	const struct bpf_insn *now = &machine->layout->instructions[(*at)++];
	uint64_t *to = &machine->registers[now->dst_reg];
	uint64_t from = machine->registers[now->src_reg];

	switch (now->code) {
	case BPF_ALU64 | BPF_MOV | BPF_K:
	case BPF_ALU | BPF_MOV | BPF_K:
		*to = now->imm;
		break;
	case BPF_ALU64 | BPF_MOV | BPF_X:
		*to = from;
		break;
	case BPF_ALU64 | BPF_ADD | BPF_K:
		*to += now->imm;
		break;
	case BPF_ALU64 | BPF_ADD | BPF_X:
		*to += from;
		break;
	case BPF_ALU64 | BPF_SUB | BPF_X:
		*to -= from;
		break;
	case BPF_ALU | BPF_MOV | BPF_X:
		*to = (uint32_t)from;
		break;
	case BPF_JMP | BPF_JA:
		*at += now->off;
		break;
	case BPF_STX | BPF_MEM | BPF_W:
		*stack_at(machine, now->off) = (uint32_t)from;
		break;
	case BPF_LDX | BPF_MEM | BPF_W:
		*to = (uint32_t)*stack_at(machine, now->off);
		break;
	case BPF_STX | BPF_MEM | BPF_DW:
		*stack_at(machine, now->off) = from;
		break;
	case BPF_LDX | BPF_MEM | BPF_DW:
		*to = *stack_at(machine, now->off);
		break;
	case BPF_ST | BPF_MEM | BPF_W:
		*stack_at(machine, now->off) = now->imm;
		if ((size_t)now->imm > machine->layout->n_places)
			outcome->overruled |= 1 << (now->imm - machine->layout->n_places - 1);
		else
			outcome->row = now->imm;
		break;
	case BPF_JMP | BPF_CALL:
		if (!now->src_reg && now->imm == BPF_FUNC_tail_call) {
			outcome->jumps = true;
			outcome->context = machine->registers[1];
			break;
		}
		if (!now->src_reg) { /* the lookup of the counters, which do not exist */
			machine->registers[0] = 0;
			break;
		}
		if (machine->layout->account && *at + now->imm == machine->layout->account) {
			hear(machine, outcome);
			break;
		}
		machine->returns[machine->n_returns++] = *at;
		*at += now->imm;
		break;
	case BPF_JMP | BPF_EXIT:
		if (!machine->n_returns) {
			outcome->verdict = machine->registers[0];
			return true;
		}
		*at = machine->returns[--machine->n_returns];
		break;
	case BPF_LD | BPF_IMM | BPF_DW:
		(*at)++;
		break;
	default:
		if (holds(now, *to))
			*at += now->off;
	}
	return false;
}

static struct outcome interpret(const struct layout *layout)
{
	struct machine machine = { .layout = layout, .registers = { [1] = CONTEXT } };
	struct outcome outcome = { .verdict = -1, .row = -1, .told_row = -1 };

	for (size_t at = 0; at < layout->n_instructions;)
		if (step(&machine, &at, &outcome))
			return outcome;
	fail_msg("ran off the end");
	return outcome;
}

static const struct counting by_itself = { .counters_fd = 3 };

/* account() counts what the program would otherwise have counted itself. */
static void check_told(const struct block *blocks, size_t n_blocks, const struct frame *frame,
		       const struct outcome *wanted)
{
	const struct bpf_insn account[] = { set(BPF_REG_0, 0), INSTRUCTION_EXIT };
	const struct counting counting = { -1, account, array_size(account) };
	struct layout layout;
	struct outcome outcome;

	assert_int_equal(layout_chain(blocks, n_blocks, frame, &counting, &layout), 0);
	outcome = interpret(&layout);
	assert_int_equal(layout.account + array_size(account), layout.n_instructions);
	layout_done(&layout);
	assert_int_equal(outcome.verdict, wanted->verdict);
	assert_int_equal(outcome.told_row, wanted->row);
	assert_int_equal(outcome.told_overruled, wanted->overruled);
	if (wanted->row >= 0)
		assert_int_equal(outcome.told_verdict, wanted->verdict);
}

static struct outcome run(const struct block *blocks, size_t n_blocks, struct frame frame)
{
	struct layout layout;
	struct outcome outcome;

	assert_int_equal(layout_chain(blocks, n_blocks, &frame, &by_itself, &layout), 0);
	outcome = interpret(&layout);
	layout_done(&layout);
	if (!outcome.jumps)
		check_told(blocks, n_blocks, &frame, &outcome);
	return outcome;
}

/* Both places for the context. */
static const struct frame in_register = { .stack = 8, .context_register = BPF_REG_9 };
static const struct frame on_stack = { .stack = 24, .context_offset = -24 };

static struct block block_of(const struct bpf_insn *instructions, size_t length, enum join join,
			     verdict_set proceed)
{
	return (struct block){
		.instructions = instructions,
		.n_instructions = length,
		.main_length = length,
		.join = join,
		.uses_context = true,
		.tail_calls = join == JOIN_CALLED, /* this must not change anything */
		.proceed = proceed,
	};
}

#define BLOCK(instructions, join, proceed) \
	block_of(instructions, sizeof(instructions) / sizeof(*(instructions)), join, proceed)

/*
 * if (ctx != CONTEXT) return WRONG_CONTEXT; after that, all of r9 and of the stack are overwritten.
 */
#define LOOK_AT_CONTEXT                                                                           \
	jump_if(BPF_JEQ, BPF_REG_1, CONTEXT, 2), set(BPF_REG_0, WRONG_CONTEXT), INSTRUCTION_EXIT, \
		set(BPF_REG_1, 1), set(BPF_REG_6, 1), set(BPF_REG_7, 1), set(BPF_REG_8, 1)

static void every_verdict_meets_every_proceed_set(void **state)
{
	(void)state;
	for (unsigned int joins = 0; joins < 4; joins++)
		for (verdict_set proceed = 0; proceed <= VERDICTS_ALL; proceed++)
			for (unsigned int verdict = 0; verdict < 8; verdict++) {
				const struct bpf_insn first[] = { LOOK_AT_CONTEXT,
								  set(BPF_REG_0, verdict),
								  INSTRUCTION_EXIT };
				const struct bpf_insn second[] = { LOOK_AT_CONTEXT,
								   set(BPF_REG_0, VERDICT_DROP),
								   INSTRUCTION_EXIT };
				const struct block blocks[] = {
					BLOCK(first, joins & 1 ? JOIN_INLINED : JOIN_CALLED,
					      proceed),
					BLOCK(second, joins & 2 ? JOIN_INLINED : JOIN_CALLED, 0),
				};
				bool is_verdict = verdict < VERDICT_COUNT;
				bool goes_on = is_verdict && (proceed & VERDICT_BIT(verdict));
				struct outcome outcome = run(blocks, 2,
							     verdict & 1 ? in_register : on_stack);

				assert_int_equal(outcome.row, goes_on ? 1 : 0);
				assert_int_equal(outcome.verdict, goes_on      ? VERDICT_DROP
								  : is_verdict ? (int)verdict
									       : VERDICT_ABORTED);
			}
}

/* For the rest of the chain a forbidden verdict is aborted, whether or not it is a constant. */
static void meets_limit(verdict_set proceed, verdict_set forbidden, unsigned int verdict,
			enum join join)
{
	const struct bpf_insn constant[] = { LOOK_AT_CONTEXT, set(BPF_REG_0, verdict),
					     INSTRUCTION_EXIT };
	const struct bpf_insn unknown[] = { LOOK_AT_CONTEXT, set(BPF_REG_2, verdict),
					    move(BPF_REG_0, BPF_REG_2), INSTRUCTION_EXIT };
	const struct bpf_insn second[] = { LOOK_AT_CONTEXT, set(BPF_REG_0, VERDICT_DROP),
					   INSTRUCTION_EXIT };
	struct block blocks[] = { BLOCK(constant, join, proceed), BLOCK(second, join, 0) };
	bool is_verdict = verdict < VERDICT_COUNT;
	bool allowed = is_verdict && !(forbidden & VERDICT_BIT(verdict));
	unsigned int becomes = allowed ? verdict : VERDICT_ABORTED;
	bool goes_on = (allowed || forbidden) && (proceed & VERDICT_BIT(becomes));

	for (int i = 0; i < 2; i++) {
		struct outcome outcome;

		if (i == 1)
			blocks[0] = BLOCK(unknown, join, proceed);
		blocks[0].forbidden = forbidden;
		blocks[0].overruled_row = 3;
		outcome = run(blocks, 2, verdict & 1 ? in_register : on_stack);
		assert_int_equal(outcome.overruled, forbidden && !allowed);
		assert_int_equal(outcome.row, goes_on);
		assert_int_equal(outcome.verdict, goes_on ? VERDICT_DROP : (int)becomes);
	}
}

static void every_verdict_meets_every_limit(void **state)
{
	(void)state;
	for (verdict_set forbidden = 0; forbidden <= VERDICTS_ALL; forbidden += 2) /* not aborted */
		for (verdict_set proceed = 0; proceed <= VERDICTS_ALL; proceed++)
			for (unsigned int verdict = 0; verdict < 8; verdict++) {
				meets_limit(proceed, forbidden, verdict, JOIN_INLINED);
				meets_limit(proceed, forbidden, verdict, JOIN_CALLED);
			}
}

static size_t length_with(verdict_set forbidden)
{
	const struct bpf_insn drops[] = { move(BPF_REG_0, BPF_REG_1), INSTRUCTION_EXIT };
	struct block blocks[] = { BLOCK(drops, JOIN_INLINED, PROCEED_DEFAULT) };
	struct layout layout;
	size_t length;

	blocks[0].forbidden = forbidden;
	assert_int_equal(layout_chain(blocks, 1, &in_register, &by_itself, &layout), 0);
	length = layout.n_instructions;
	layout_done(&layout);
	return length;
}

/* Code that the verifier must not remove does not run nevertheless. */
static void a_component_that_never_proceeds_is_the_last_even_if_the_next_is_kept(void **state)
{
	const struct bpf_insn passes[] = { set(BPF_REG_0, VERDICT_PASS), INSTRUCTION_EXIT };
	const struct bpf_insn drops[] = { set(BPF_REG_0, VERDICT_DROP), INSTRUCTION_EXIT };
	struct block blocks[] = { BLOCK(passes, JOIN_CALLED, 0), BLOCK(drops, JOIN_CALLED, 0) };
	struct outcome outcome;

	(void)state;
	for (int kept = 0; kept < 2; kept++) {
		blocks[0].keeps_next = kept;
		outcome = run(blocks, 2, in_register);
		assert_int_equal(outcome.verdict, VERDICT_PASS);
		assert_int_equal(outcome.row, 0);
	}
}

/* The limit r0 > PASS takes one comparison; a component without a limit needs none. */
static void a_limit_costs_only_the_component_that_has_it(void **state)
{
	verdict_set above_pass = VERDICT_BIT(VERDICT_TX) | VERDICT_BIT(VERDICT_REDIRECT);

	(void)state;
	assert_true(length_with(above_pass) > length_with(0));
	assert_int_equal(length_with(VERDICT_BIT(VERDICT_DROP)), length_with(above_pass) + 3);
}

/* if (ctx == CONTEXT) return AT_ONCE; return LATER; the first exit needs no test. */
static void early_exits_go_where_the_last_one_would(void **state)
{
	(void)state;
	for (verdict_set proceed = 0; proceed <= VERDICTS_ALL; proceed++)
		for (unsigned int at_once = 0; at_once < 6; at_once++) {
			const struct bpf_insn first[] = {
				jump_if(BPF_JNE, BPF_REG_1, CONTEXT, 2),
				set(BPF_REG_0, at_once),
				INSTRUCTION_EXIT,
				set(BPF_REG_0, VERDICT_PASS),
				INSTRUCTION_EXIT,
			};
			const struct bpf_insn second[] = { set(BPF_REG_0, VERDICT_TX),
							   INSTRUCTION_EXIT };
			const struct block blocks[] = { BLOCK(first, JOIN_INLINED, proceed),
							BLOCK(second, JOIN_INLINED, 0) };
			struct outcome outcome = run(blocks, 2, in_register);
			bool goes_on = at_once < VERDICT_COUNT && (proceed & VERDICT_BIT(at_once));

			assert_int_equal(outcome.row, goes_on ? 1 : 0);
			assert_int_equal(outcome.verdict, goes_on ? VERDICT_TX
							  : at_once < VERDICT_COUNT
								  ? (int)at_once
								  : VERDICT_ABORTED);
		}
}

/* If something jumps to an exit, the instruction before it does not tell what the exit returns. */
static void an_exit_that_is_jumped_to_is_tested(void **state)
{
	const struct bpf_insn first[] = {
		set(BPF_REG_0, VERDICT_DROP), jump_if(BPF_JEQ, BPF_REG_1, CONTEXT, 1),
		set(BPF_REG_0, VERDICT_PASS), INSTRUCTION_EXIT,
		set(BPF_REG_0, VERDICT_TX),   INSTRUCTION_EXIT,
	};
	const struct block blocks[] = { BLOCK(first, JOIN_INLINED, PROCEED_DEFAULT) };
	struct outcome outcome = run(blocks, 1, in_register);

	(void)state;
	assert_int_equal(outcome.verdict, VERDICT_DROP);
	assert_int_equal(outcome.row, 0);
}

/* A main function that ends with a jump back, and calls another of its functions. */
static void functions_are_found_from_where_their_caller_went(void **state)
{
	const struct bpf_insn code[] = {
		jump(2),
		set(BPF_REG_0, VERDICT_TX),
		INSTRUCTION_EXIT,
		call_function(3),
		jump_if(BPF_JNE, BPF_REG_0, 99, 1),
		jump(-5),
		jump(-5),
		set(BPF_REG_0, 99),
		INSTRUCTION_EXIT,
	};
	const struct bpf_insn last[] = { set(BPF_REG_0, VERDICT_DROP), INSTRUCTION_EXIT };

	(void)state;
	for (enum join join = JOIN_INLINED; join <= JOIN_CALLED; join++) {
		const struct block blocks[] = {
			{ code, 9, 7, join, true, false, VERDICT_BIT(VERDICT_TX) },
			{ code, 9, 7, join, true, false,
			  VERDICT_BIT(VERDICT_TX) | PROCEED_DEFAULT },
			BLOCK(last, join, PROCEED_DEFAULT),
		};
		struct outcome outcome = run(blocks, 3, on_stack);

		assert_int_equal(outcome.verdict, VERDICT_DROP);
		assert_int_equal(outcome.row, 2);
	}
}

static void the_end_of_the_chain_passes_and_has_a_row_of_its_own(void **state)
{
	const struct bpf_insn passes[] = { set(BPF_REG_0, VERDICT_PASS), INSTRUCTION_EXIT };
	struct block blocks[32];

	(void)state;
	for (size_t i = 0; i < 32; i++)
		blocks[i] = BLOCK(passes, i % 3 ? JOIN_INLINED : JOIN_CALLED, PROCEED_DEFAULT);
	for (size_t count = 1; count <= 32; count++) {
		struct outcome outcome = run(blocks, count, in_register);

		assert_int_equal(outcome.verdict, VERDICT_PASS);
		assert_int_equal(outcome.row, count);
	}
}

/* Alone, after a block that overwrites r1, and after one that ends the chain for some packets. */
static void a_tail_call_gets_the_context_and_is_counted_before(void **state)
{
	const struct bpf_insn first[] = { LOOK_AT_CONTEXT, set(BPF_REG_0, VERDICT_PASS),
					  INSTRUCTION_EXIT };
	const struct bpf_insn drops[] = { set(BPF_REG_0, VERDICT_DROP), INSTRUCTION_EXIT };
	const struct block tail = { .join = JOIN_TAIL_CALLED, .tail_fd = 4 };
	const struct block after[] = { BLOCK(first, JOIN_INLINED, PROCEED_DEFAULT), tail };
	const struct block called[] = { BLOCK(first, JOIN_CALLED, PROCEED_DEFAULT), tail };
	const struct block never[] = { BLOCK(drops, JOIN_INLINED, PROCEED_DEFAULT), tail };
	struct outcome outcomes[] = { run(&tail, 1, in_register), run(after, 2, in_register),
				      run(after, 2, on_stack), run(called, 2, on_stack) };
	struct outcome outcome;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(outcomes[i].jumps);
		assert_int_equal(outcomes[i].context, CONTEXT);
		assert_int_equal(outcomes[i].row, i > 0);
		assert_int_equal(outcomes[i].verdict, VERDICT_ABORTED);
	}
	outcome = run(never, 2, in_register);
	assert_false(outcome.jumps);
	assert_int_equal(outcome.verdict, VERDICT_DROP);
	assert_int_equal(outcome.row, 0);
}

static void an_empty_chain_passes(void **state)
{
	struct outcome outcome = run(NULL, 0, in_register);

	(void)state;
	assert_int_equal(outcome.verdict, VERDICT_PASS);
	assert_int_equal(outcome.row, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_meets_every_proceed_set),
		cmocka_unit_test(every_verdict_meets_every_limit),
		cmocka_unit_test(a_limit_costs_only_the_component_that_has_it),
		cmocka_unit_test(
			a_component_that_never_proceeds_is_the_last_even_if_the_next_is_kept),
		cmocka_unit_test(early_exits_go_where_the_last_one_would),
		cmocka_unit_test(an_exit_that_is_jumped_to_is_tested),
		cmocka_unit_test(functions_are_found_from_where_their_caller_went),
		cmocka_unit_test(the_end_of_the_chain_passes_and_has_a_row_of_its_own),
		cmocka_unit_test(a_tail_call_gets_the_context_and_is_counted_before),
		cmocka_unit_test(an_empty_chain_passes),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
