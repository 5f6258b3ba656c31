// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/codegen/layout.h"

#include "base/cleanup.h"
#include "daemon/linkers/codegen/assembler.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * The maximum number of instructions that the linker adds for each block, and for the whole chain.
 */
#define GLUE_LENGTH    40
#define ROOTLET_LENGTH 40

/*
 * The verifier requires that the context is passed to a called function, even if that does not use it.
 */
static bool needs_context(const struct block *block)
{
	return block->uses_context || block->join != JOIN_INLINED;
}

/* The label of the only exit of the rootlet's function. */
static size_t label_of_exit(const struct assembler *assembler)
{
	return label_of(LABEL_TEST, assembler->n_blocks);
}

static void keep_context(struct assembler *assembler)
{
	const struct frame *frame = assembler->frame;

	if (frame->context_register)
		emit(assembler, move(frame->context_register, BPF_REG_1));
	else if (frame->context_offset)
		emit(assembler, store(BPF_DW, BPF_REG_10, frame->context_offset, BPF_REG_1));
}

void fetch_context(struct assembler *assembler)
{
	const struct frame *frame = assembler->frame;

	if (frame->context_register)
		emit(assembler, move(BPF_REG_1, frame->context_register));
	else
		emit(assembler, load(BPF_DW, BPF_REG_1, BPF_REG_10, frame->context_offset));
}

/*
 * Verifiers up to Linux 6.17 believe that a function that makes tail calls always returns what it returns
 * when these fail. If that is a constant, they remove the tests of the verdict. The difference of two
 * pointers is 0, but verifiers do not know that; so they know nothing about a verdict to which it was added.
 */
static void forget_verdict(struct assembler *assembler)
{
	emit(assembler, move(BPF_REG_1, BPF_REG_10));
	emit(assembler, calculate_from(BPF_SUB, BPF_REG_1, BPF_REG_10));
	emit(assembler, calculate_from(BPF_ADD, BPF_REG_0, BPF_REG_1));
}

/* The highest verdict of a set that is not empty. */
static int highest_of(verdict_set set)
{
	return 31 - __builtin_clz(set);
}

/* Does the set consist of the lowest verdicts? Then one comparison is enough. */
static bool is_contiguous(verdict_set set)
{
	return !(set & (set + 1));
}

/*
 * Emits a conditional jump that is always taken: the verifier rejects a program in which no way leads to the
 * next block. If it must not remove that block, it must not know that the jump is always taken.
 */
static void always_leave(struct assembler *assembler, size_t number)
{
	if (assembler->blocks[number].keeps_next) {
		emit(assembler, move(BPF_REG_1, BPF_REG_10));
		emit(assembler, calculate_from(BPF_SUB, BPF_REG_1, BPF_REG_10));
	} else {
		emit(assembler, set(BPF_REG_1, 0));
	}
	emit_to(assembler, jump_if(BPF_JEQ, BPF_REG_1, 0, 0), label_of(LABEL_LEAVE_AFTER, number));
}

/*
 * Emits the test after which verdicts of the proceed set continue with the next block; others leave the
 * chain.
 */
static void test_verdict(struct assembler *assembler, size_t number)
{
	const struct block *block = &assembler->blocks[number];
	verdict_set proceed = block->proceed & VERDICTS_ALL & ~block->forbidden;
	size_t leave = label_of(LABEL_LEAVE_AFTER, number);
	int highest = proceed ? highest_of(proceed) : -1;

	assembler->leaves[number] = true;
	if (!proceed) {
		always_leave(assembler, number);
	} else if (is_contiguous(proceed)) {
		emit_to(assembler, jump_if32(BPF_JGT, BPF_REG_0, highest, 0), leave);
	} else {
		for (int verdict = 0; verdict < highest; verdict++)
			if (proceed & VERDICT_BIT(verdict))
				emit_to(assembler, jump_if32(BPF_JEQ, BPF_REG_0, verdict, 0),
					label_of(LABEL_NEXT, number));
		emit_to(assembler, jump_if32(BPF_JNE, BPF_REG_0, highest, 0), leave);
	}
}

/* Emits code that turns forbidden verdicts into aborted, and counts them in their own row. */
static void limit_verdict(struct assembler *assembler, size_t number)
{
	verdict_set allowed = VERDICTS_ALL & ~assembler->blocks[number].forbidden;
	size_t label = label_of(LABEL_ALLOWED, number);

	if (is_contiguous(allowed))
		emit_to(assembler, jump_if32(BPF_JLE, BPF_REG_0, highest_of(allowed), 0), label);
	else
		for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
			if (allowed & VERDICT_BIT(verdict))
				emit_to(assembler, jump_if32(BPF_JEQ, BPF_REG_0, verdict, 0),
					label);
	count_in(assembler, assembler->blocks[number].overruled_row, VERDICT_ABORTED);
	emit(assembler, set(BPF_REG_0, VERDICT_ABORTED));
	place(assembler, label);
}

/* Emits code that notes after which component the packet is. */
static void note(struct assembler *assembler, size_t row)
{
	emit(assembler, store_value(BPF_W, BPF_REG_10, ROW_OFFSET, row));
}

/*
 * Emits the tail call, which does not return. So the packet is counted before, without a verdict. If the
 * tail call fails, the packet is aborted. That jump is always taken, but is a conditional one, because the
 * verifier rejects a program in which no way leads to the code that follows.
 */
static void jump_out(struct assembler *assembler, size_t number)
{
	count_in(assembler, number, VERDICT_ABORTED);
	if (assembler->counting->trace) {
		note(assembler, number);
		emit(assembler, store_value(BPF_W, BPF_REG_10, VERDICT_OFFSET, TRACE_NO_VERDICT));
		trace_at(assembler, TRACE_JUMPS_OUT);
	}
	fetch_context(assembler);
	emit(assembler, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					   .dst_reg = BPF_REG_2,
					   .src_reg = BPF_PSEUDO_MAP_FD,
					   .imm = assembler->blocks[number].tail_fd });
	emit(assembler, (struct bpf_insn){});
	emit(assembler, set(BPF_REG_3, 0));
	emit(assembler, call_helper(BPF_FUNC_tail_call));
	emit(assembler, set(BPF_REG_0, VERDICT_ABORTED));
	emit_to(assembler, jump_if(BPF_JEQ, BPF_REG_0, VERDICT_ABORTED, 0),
		label_of_exit(assembler));
}

static int run_block(struct assembler *assembler, size_t number)
{
	struct place *where = &assembler->layout.places[number];
	struct exits exits = { .tested = true };
	int result = 0;

	where->prologue = assembler->layout.n_instructions;
	if (assembler->blocks[number].join == JOIN_TAIL_CALLED) {
		jump_out(assembler, number);
		return 0;
	}
	if ((number > 0 || assembler->counting->trace) && needs_context(&assembler->blocks[number]))
		fetch_context(assembler);
	where->call = assembler->layout.n_instructions;
	if (assembler->blocks[number].join == JOIN_INLINED)
		result = inline_main(assembler, number, &exits);
	else
		emit_to(assembler, call_function(0), label_of(LABEL_FUNCTION, number));
	if (assembler->blocks[number].tail_calls)
		forget_verdict(assembler);
	where->test = assembler->layout.n_instructions;
	place(assembler, label_of(LABEL_TEST, number));
	if (exits.tested && assembler->blocks[number].forbidden)
		limit_verdict(assembler, number);
	if (exits.tested)
		test_verdict(assembler, number);
	place(assembler, label_of(LABEL_NEXT, number));
	if (trace_has_journey(assembler->counting->trace)) {
		emit(assembler, store(BPF_W, BPF_REG_10, VERDICT_OFFSET, BPF_REG_0));
		note(assembler, number);
		trace_at(assembler, TRACE_CONTINUES);
	}
	return result;
}

/*
 * Emits the end for packets that went through the whole chain. These are most packets, so verdict and row
 * are constants.
 */
static void pass(struct assembler *assembler)
{
	if (assembler->n_blocks) /* without blocks there is nothing to count */
		count_in(assembler, assembler->n_blocks, VERDICT_PASS);
	if (assembler->counting->trace)
		note(assembler, assembler->n_blocks);
	emit(assembler, set(BPF_REG_0, VERDICT_PASS));
	place(assembler, label_of_exit(assembler));
	if (assembler->counting->trace) {
		emit(assembler, store(BPF_W, BPF_REG_10, VERDICT_OFFSET, BPF_REG_0));
		trace_at(assembler, TRACE_LEAVES);
		emit(assembler, load(BPF_W, BPF_REG_0, BPF_REG_10, VERDICT_OFFSET));
	}
	emit(assembler, INSTRUCTION_EXIT);
}

/*
 * Emits code that counts the verdict in r0 in the row and returns it; an invalid verdict becomes aborted. It
 * must share the function's only exit: with two exits the JIT compiler of Linux 6.18 for x86 fails now and
 * then ("bpf_jit: fatal error").
 */
static void leave(struct assembler *assembler)
{
	emit(assembler, store(BPF_W, BPF_REG_10, VERDICT_OFFSET, BPF_REG_0));
	count_begin(assembler);
	emit(assembler, load(BPF_W, BPF_REG_0, BPF_REG_10, VERDICT_OFFSET));
	emit(assembler, jump_if(BPF_JLE, BPF_REG_0, VERDICT_REDIRECT, 1));
	emit(assembler, set(BPF_REG_0, VERDICT_ABORTED));
	count_verdict(assembler);
	emit_to(assembler, jump(0), label_of_exit(assembler));
}

/* Emits one way out for all packets that leave before the end of the chain, and the jumps to it. */
static void end_chain(struct assembler *assembler)
{
	struct layout *layout = &assembler->layout;
	bool is_left = false;
	size_t way_out;

	layout->end = layout->n_instructions;
	pass(assembler);
	for (size_t i = 0; i < assembler->n_blocks; i++)
		is_left |= assembler->leaves[i];
	way_out = layout->n_instructions;
	if (is_left)
		leave(assembler);
	for (size_t i = 0; i < assembler->n_blocks; i++) {
		if (!assembler->leaves[i])
			continue;
		place(assembler, label_of(LABEL_LEAVE_AFTER, i));
		emit(assembler, store_value(BPF_W, BPF_REG_10, ROW_OFFSET, i));
		emit(assembler, jump((int)way_out - (int)layout->n_instructions - 1));
	}
}

/* Appends the functions of the block that are not inlined. */
static void append_functions(struct assembler *assembler, size_t number)
{
	const struct block *block = &assembler->blocks[number];
	struct layout *layout = &assembler->layout;
	struct place *where = &layout->places[number];
	size_t inlined = where->moved ? block->main_length : 0;

	if (block->join == JOIN_TAIL_CALLED)
		return;
	place(assembler, label_of(LABEL_FUNCTION, number));
	if (!where->moved)
		where->main = layout->n_instructions;
	where->rest = layout->n_instructions + block->main_length - inlined;
	memcpy(&layout->instructions[layout->n_instructions], block->instructions + inlined,
	       (block->n_instructions - inlined) * sizeof(*block->instructions));
	layout->n_instructions += block->n_instructions - inlined;
	if (where->moved)
		inline_calls(assembler, number);
}

static int resolve_jumps(struct assembler *assembler)
{
	for (size_t i = 0; i < assembler->layout.n_instructions; i++) {
		struct bpf_insn *instruction = &assembler->layout.instructions[i];
		long distance;

		if (assembler->jumps_to[i] == LABEL_NONE)
			continue;
		distance = (long)assembler->positions[assembler->jumps_to[i]] - (long)i - 1;
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

static int assemble(struct assembler *assembler)
{
	bool keeps = assembler->counting->trace;
	int result = 0;

	for (size_t i = 0; !keeps && i < assembler->n_blocks; i++)
		keeps = i > 0 ? needs_context(&assembler->blocks[i])
			      : assembler->blocks[i].join == JOIN_TAIL_CALLED;
	if (keeps)
		keep_context(assembler);
	result = trace_begin(assembler);
	for (size_t i = 0; result == 0 && i < assembler->n_blocks; i++)
		result = run_block(assembler, i);
	if (result < 0)
		return result;
	end_chain(assembler);
	for (size_t i = 0; i < assembler->n_blocks; i++)
		append_functions(assembler, i);
	count_append(assembler);
	return resolve_jumps(assembler);
}

size_t place_of(const struct place *place, const struct block *block, size_t instruction)
{
	if (instruction >= block->main_length)
		return place->rest + instruction - block->main_length;
	return place->moved ? place->moved[instruction] : place->main + instruction;
}

void layout_done(struct layout *layout)
{
	for (size_t i = 0; layout->places && i < layout->n_places; i++)
		free(layout->places[i].moved);
	free(layout->instructions);
	free(layout->places);
	free(layout->traces);
	*layout = (struct layout){};
}

int layout_chain(const struct block *blocks, size_t n_blocks, const struct frame *frame,
		 const struct counting *counting, struct layout *ret)
{
	struct assembler assembler = {
		.blocks = blocks, .n_blocks = n_blocks, .frame = frame, .counting = counting
	};
	size_t length = ROOTLET_LENGTH + GLUE_LENGTH * n_blocks + counting->account_length +
			trace_length(counting->trace, n_blocks);
	int result = -ENOMEM;

	for (size_t i = 0; i < n_blocks; i++)
		length += blocks[i].n_instructions;
	assembler.layout.instructions = calloc(length, sizeof(*assembler.layout.instructions));
	assembler.layout.n_places = n_blocks;
	assembler.layout.places = calloc(n_blocks + 1, sizeof(*assembler.layout.places));
	assembler.layout.traces = calloc(n_blocks + 4, sizeof(*assembler.layout.traces));
	assembler.jumps_to = calloc(length, sizeof(*assembler.jumps_to));
	assembler.leaves = calloc(n_blocks + 1, sizeof(*assembler.leaves));
	assembler.positions = calloc(label_of(LABEL_FUNCTION, n_blocks) + 1, sizeof(size_t));
	if (assembler.layout.instructions && assembler.layout.places && assembler.layout.traces &&
	    assembler.jumps_to && assembler.positions && assembler.leaves)
		result = assemble(&assembler);
	assert(assembler.layout.n_instructions <= length);
	free(assembler.jumps_to);
	free(assembler.positions);
	free(assembler.leaves);
	if (result < 0)
		layout_done(&assembler.layout);
	else
		*ret = assembler.layout;
	return result;
}
