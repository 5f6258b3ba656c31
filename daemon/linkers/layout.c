#include "daemon/linkers/layout.h"

#include "base/cleanup.h"
#include "daemon/linkers/instruction.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The row is counted in, and the verdict is kept, where no block needs anything any more. */
#define ROW_OFFSET -4
#define KEPT	   BPF_REG_6

/* At most, of what is made for each block, and of what there is once. */
#define GLUE_LENGTH    16
#define ROOTLET_LENGTH 32

/* Where a jump goes, while it is not known yet where that is. Block N has 1 + 4N to 4 + 4N. */
enum label { LABEL_NONE, LABEL_TEST, LABEL_NEXT, LABEL_LEAVE_AFTER, LABEL_FUNCTION };

static size_t label_of(enum label label, size_t block)
{
	return label + 4 * block;
}

struct assembly {
	const struct block *blocks;
	size_t n_blocks;
	const struct frame *frame;
	struct layout layout;
	size_t *positions; /* of each label */
	size_t *jumps_to;  /* label of each instruction that jumps, LABEL_NONE for others */
};

static void emit(struct assembly *assembly, struct bpf_insn instruction)
{
	assembly->layout.instructions[assembly->layout.n_instructions++] = instruction;
}

/* A jump, or a call of a function, to a place that is known in the end. */
static void emit_to(struct assembly *assembly, struct bpf_insn instruction, size_t label)
{
	assembly->jumps_to[assembly->layout.n_instructions] = label;
	emit(assembly, instruction);
}

static void place(struct assembly *assembly, size_t label)
{
	assembly->positions[label] = assembly->layout.n_instructions;
}

/* The verifier wants to see it handed to a function, even to one that makes nothing of it. */
static bool needs_context(const struct block *block)
{
	return block->uses_context || block->join == JOIN_CALLED;
}

static void keep_context(struct assembly *assembly)
{
	const struct frame *frame = assembly->frame;

	if (frame->context_register)
		emit(assembly, move(frame->context_register, BPF_REG_1));
	else if (frame->context_offset)
		emit(assembly, store(BPF_DW, BPF_REG_10, frame->context_offset, BPF_REG_1));
}

static void fetch_context(struct assembly *assembly)
{
	const struct frame *frame = assembly->frame;

	if (frame->context_register)
		emit(assembly, move(BPF_REG_1, frame->context_register));
	else
		emit(assembly, load(BPF_DW, BPF_REG_1, BPF_REG_10, frame->context_offset));
}

/* Goes on with what follows for a verdict of the proceed set, else to where the block is left. */
static void test_verdict(struct assembly *assembly, size_t block)
{
	verdict_set proceed = assembly->blocks[block].proceed & VERDICTS_ALL;
	size_t leave = label_of(LABEL_LEAVE_AFTER, block);
	int highest = proceed ? 31 - __builtin_clz(proceed) : -1;

	if (!proceed) {
		/* Always so; but without a way to what follows the verifier takes nothing. */
		emit(assembly, set(BPF_REG_1, 0));
		emit_to(assembly, jump_if(BPF_JEQ, BPF_REG_1, 0, 0), leave);
	} else if (proceed == (1u << (highest + 1)) - 1) {
		emit_to(assembly, jump_if32(BPF_JGT, BPF_REG_0, highest, 0), leave);
	} else {
		for (int verdict = 0; verdict < highest; verdict++)
			if (proceed & VERDICT_BIT(verdict))
				emit_to(assembly, jump_if32(BPF_JEQ, BPF_REG_0, verdict, 0),
					label_of(LABEL_NEXT, block));
		emit_to(assembly, jump_if32(BPF_JNE, BPF_REG_0, highest, 0), leave);
	}
}

/* Which instructions of the block's main function others jump to; to be freed. */
static bool *find_jump_targets(const struct block *block)
{
	bool *targets = calloc(block->main_length, sizeof(*targets));

	for (size_t i = 0; targets && i < block->main_length; i++) {
		size_t target = i + 1 + reach(&block->instructions[i]);

		if (is_jump(&block->instructions[i]) && target < block->main_length)
			targets[target] = true;
	}
	return targets;
}

static size_t find_last_exit(const struct block *block)
{
	size_t last = block->main_length - 1;

	while (!is_exit(&block->instructions[last]))
		last--;
	return last;
}

/* "return CONSTANT" needs no test when it runs. */
static size_t where_exit_goes(const struct block *block, size_t number, size_t at,
			      const bool *targets)
{
	const struct bpf_insn *before = at > 0 ? &block->instructions[at - 1] : NULL;

	if (!before || targets[at] || !is_constant_result(before))
		return label_of(LABEL_TEST, number);
	if ((uint32_t)before->imm < VERDICT_COUNT && block->proceed & VERDICT_BIT(before->imm))
		return label_of(LABEL_NEXT, number);
	return label_of(LABEL_LEAVE_AFTER, number);
}

/*
 * The main function with jumps for its exits; the last one goes to the test, directly or by
 * flowing into it, so that the verifier finds a way there.
 */
static int inline_main(struct assembly *assembly, size_t number)
{
	const struct block *block = &assembly->blocks[number];
	cleanup(freep) bool *targets = find_jump_targets(block);
	size_t last_exit = find_last_exit(block);

	if (!targets)
		return -ENOMEM;
	for (size_t i = 0; i < block->main_length; i++) {
		size_t label = label_of(LABEL_TEST, number);

		if (!is_exit(&block->instructions[i])) {
			emit(assembly, block->instructions[i]);
			continue;
		}
		if (i != last_exit)
			label = where_exit_goes(block, number, i, targets);
		if (i < block->main_length - 1)
			emit_to(assembly, jump(0), label);
	}
	return 0;
}

static int run_block(struct assembly *assembly, size_t number)
{
	struct place *where = &assembly->layout.places[number];
	int result = 0;

	where->prologue = assembly->layout.n_instructions;
	if (number > 0 && needs_context(&assembly->blocks[number]))
		fetch_context(assembly);
	where->main = assembly->layout.n_instructions;
	if (assembly->blocks[number].join == JOIN_INLINED)
		result = inline_main(assembly, number);
	else
		emit_to(assembly, call_function(0), label_of(LABEL_FUNCTION, number));
	where->test = assembly->layout.n_instructions;
	place(assembly, label_of(LABEL_TEST, number));
	test_verdict(assembly, number);
	place(assembly, label_of(LABEL_NEXT, number));
	return result;
}

/* Adds one to the verdict's counter in the row. */
static void count(struct assembly *assembly, int counters_fd)
{
	emit(assembly, move(BPF_REG_2, BPF_REG_10));
	emit(assembly, calculate(BPF_ADD, BPF_REG_2, ROW_OFFSET));
	emit(assembly, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					  .dst_reg = BPF_REG_1,
					  .src_reg = BPF_PSEUDO_MAP_FD,
					  .imm = counters_fd });
	emit(assembly, (struct bpf_insn){});
	emit(assembly, call_helper(BPF_FUNC_map_lookup_elem));
	emit(assembly, jump_if(BPF_JEQ, BPF_REG_0, 0, 6));
	emit(assembly, move(BPF_REG_1, KEPT));
	emit(assembly, calculate(BPF_LSH, BPF_REG_1, 3));
	emit(assembly, calculate_from(BPF_ADD, BPF_REG_0, BPF_REG_1));
	emit(assembly, load(BPF_DW, BPF_REG_1, BPF_REG_0, 0));
	emit(assembly, calculate(BPF_ADD, BPF_REG_1, 1));
	emit(assembly, store(BPF_DW, BPF_REG_0, 0, BPF_REG_1));
}

/* Counts the verdict in r0 and returns it; what is no verdict becomes aborted. */
static void leave(struct assembly *assembly, int counters_fd)
{
	emit(assembly, move32(KEPT, BPF_REG_0));
	emit(assembly, jump_if32(BPF_JLE, KEPT, VERDICT_REDIRECT, 1));
	emit(assembly, set(KEPT, VERDICT_ABORTED));
	if (counters_fd >= 0)
		count(assembly, counters_fd);
	emit(assembly, move(BPF_REG_0, KEPT));
	emit(assembly, INSTRUCTION_EXIT);
}

/* Packets that went all the way come from above, those that leave before it from below. */
static void end_chain(struct assembly *assembly, int counters_fd)
{
	struct layout *layout = &assembly->layout;
	size_t counting;

	layout->end = layout->n_instructions;
	emit(assembly, set(BPF_REG_0, VERDICT_PASS));
	if (!assembly->n_blocks) { /* then there is nothing to count */
		emit(assembly, INSTRUCTION_EXIT);
		return;
	}
	emit(assembly, store_value(BPF_W, BPF_REG_10, ROW_OFFSET, assembly->n_blocks));
	counting = layout->n_instructions;
	leave(assembly, counters_fd);
	for (size_t i = 0; i < assembly->n_blocks; i++) {
		place(assembly, label_of(LABEL_LEAVE_AFTER, i));
		emit(assembly, store_value(BPF_W, BPF_REG_10, ROW_OFFSET, i));
		emit(assembly, jump((int)counting - (int)layout->n_instructions - 1));
	}
}

/* What of the block is not inlined. */
static void append_functions(struct assembly *assembly, size_t number)
{
	const struct block *block = &assembly->blocks[number];
	struct layout *layout = &assembly->layout;
	struct place *where = &layout->places[number];
	size_t inlined = block->join == JOIN_INLINED ? block->main_length : 0;

	place(assembly, label_of(LABEL_FUNCTION, number));
	if (!inlined)
		where->main = layout->n_instructions;
	where->rest = layout->n_instructions + block->main_length - inlined;
	memcpy(&layout->instructions[layout->n_instructions], block->instructions + inlined,
	       (block->n_instructions - inlined) * sizeof(*block->instructions));
	layout->n_instructions += block->n_instructions - inlined;
	/* The block's functions have moved away from the calls in its main function. */
	for (size_t i = where->main; i < where->main + inlined && i < where->test; i++)
		if (is_function_call(&layout->instructions[i]))
			layout->instructions[i].imm +=
				(int)(where->rest - where->main - block->main_length);
}

static int resolve_jumps(struct assembly *assembly)
{
	for (size_t i = 0; i < assembly->layout.n_instructions; i++) {
		struct bpf_insn *instruction = &assembly->layout.instructions[i];
		long distance;

		if (assembly->jumps_to[i] == LABEL_NONE)
			continue;
		distance = (long)assembly->positions[assembly->jumps_to[i]] - (long)i - 1;
		if (is_call(instruction)) {
			instruction->imm = distance;
			continue;
		}
		if (distance < INT16_MIN || distance > INT16_MAX)
			return -ERANGE;
		instruction->off = distance;
	}
	return 0;
}

static int assemble(struct assembly *assembly, int counters_fd)
{
	bool keeps = false;
	int result = 0;

	for (size_t i = 1; !keeps && i < assembly->n_blocks; i++)
		keeps = needs_context(&assembly->blocks[i]);
	if (keeps)
		keep_context(assembly);
	for (size_t i = 0; result == 0 && i < assembly->n_blocks; i++)
		result = run_block(assembly, i);
	if (result < 0)
		return result;
	end_chain(assembly, counters_fd);
	for (size_t i = 0; i < assembly->n_blocks; i++)
		append_functions(assembly, i);
	return resolve_jumps(assembly);
}

void layout_done(struct layout *layout)
{
	free(layout->instructions);
	free(layout->places);
	*layout = (struct layout){};
}

int layout_chain(const struct block *blocks, size_t n_blocks, const struct frame *frame,
		 int counters_fd, struct layout *ret)
{
	struct assembly assembly = { .blocks = blocks, .n_blocks = n_blocks, .frame = frame };
	size_t length = ROOTLET_LENGTH + GLUE_LENGTH * n_blocks;
	int result = -ENOMEM;

	for (size_t i = 0; i < n_blocks; i++)
		length += blocks[i].n_instructions;
	assembly.layout.instructions = calloc(length, sizeof(*assembly.layout.instructions));
	assembly.layout.places = calloc(n_blocks + 1, sizeof(*assembly.layout.places));
	assembly.jumps_to = calloc(length, sizeof(*assembly.jumps_to));
	assembly.positions = calloc(label_of(LABEL_FUNCTION, n_blocks), sizeof(size_t));
	if (assembly.layout.instructions && assembly.layout.places && assembly.jumps_to &&
	    assembly.positions)
		result = assemble(&assembly, counters_fd);
	assert(assembly.layout.n_instructions <= length);
	free(assembly.jumps_to);
	free(assembly.positions);
	if (result < 0)
		layout_done(&assembly.layout);
	else
		*ret = assembly.layout;
	return result;
}
