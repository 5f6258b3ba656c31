#include "daemon/linkers/codegen/layout.h"

#include "base/cleanup.h"
#include "daemon/linkers/codegen/assembler.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* At most, of what is made for each block, and of what there is once. */
#define GLUE_LENGTH    40
#define ROOTLET_LENGTH 40

/* The verifier wants to see it handed to a function, even to one that makes nothing of it. */
static bool needs_context(const struct block *block)
{
	return block->uses_context || block->join != JOIN_INLINED;
}

/* The only instruction at which the rootlet's function ends. */
static size_t label_of_exit(const struct assembly *assembly)
{
	return label_of(LABEL_TEST, assembly->n_blocks);
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

/*
 * Verifiers up to 6.17 believe that a function which makes tail calls returns what it returns when they
 * fail; of a constant, they take the tests of the verdict out. The difference of two pointers is 0,
 * and nothing that they know, so that neither is what it is added to.
 */
static void forget_verdict(struct assembly *assembly)
{
	emit(assembly, move(BPF_REG_1, BPF_REG_10));
	emit(assembly, calculate_from(BPF_SUB, BPF_REG_1, BPF_REG_10));
	emit(assembly, calculate_from(BPF_ADD, BPF_REG_0, BPF_REG_1));
}

/* Of a set that is not empty. */
static int highest_of(verdict_set set)
{
	return 31 - __builtin_clz(set);
}

/* Are these the lowest verdicts? Then one comparison tells. */
static bool is_contiguous(verdict_set set)
{
	return !(set & (set + 1));
}

/*
 * Always so; but without a way to what follows the verifier takes nothing, and if it is not to take
 * that out, it must not know that it is always so.
 */
static void always_leave(struct assembly *assembly, size_t number)
{
	if (assembly->blocks[number].keeps_next) {
		emit(assembly, move(BPF_REG_1, BPF_REG_10));
		emit(assembly, calculate_from(BPF_SUB, BPF_REG_1, BPF_REG_10));
	} else {
		emit(assembly, set(BPF_REG_1, 0));
	}
	emit_to(assembly, jump_if(BPF_JEQ, BPF_REG_1, 0, 0), label_of(LABEL_LEAVE_AFTER, number));
}

/* Goes on with what follows for a verdict of the proceed set, else to where the block is left. */
static void test_verdict(struct assembly *assembly, size_t number)
{
	const struct block *block = &assembly->blocks[number];
	verdict_set proceed = block->proceed & VERDICTS_ALL & ~block->forbidden;
	size_t leave = label_of(LABEL_LEAVE_AFTER, number);
	int highest = proceed ? highest_of(proceed) : -1;

	assembly->leaves[number] = true;
	if (!proceed) {
		always_leave(assembly, number);
	} else if (is_contiguous(proceed)) {
		emit_to(assembly, jump_if32(BPF_JGT, BPF_REG_0, highest, 0), leave);
	} else {
		for (int verdict = 0; verdict < highest; verdict++)
			if (proceed & VERDICT_BIT(verdict))
				emit_to(assembly, jump_if32(BPF_JEQ, BPF_REG_0, verdict, 0),
					label_of(LABEL_NEXT, number));
		emit_to(assembly, jump_if32(BPF_JNE, BPF_REG_0, highest, 0), leave);
	}
}

/* What the block may not decide becomes aborted, and is counted in a row of its own. */
static void limit_verdict(struct assembly *assembly, size_t number)
{
	verdict_set allowed = VERDICTS_ALL & ~assembly->blocks[number].forbidden;
	size_t label = label_of(LABEL_ALLOWED, number);

	if (is_contiguous(allowed))
		emit_to(assembly, jump_if32(BPF_JLE, BPF_REG_0, highest_of(allowed), 0), label);
	else
		for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
			if (allowed & VERDICT_BIT(verdict))
				emit_to(assembly, jump_if32(BPF_JEQ, BPF_REG_0, verdict, 0), label);
	count_in(assembly, assembly->blocks[number].overruled_row, VERDICT_ABORTED);
	emit(assembly, set(BPF_REG_0, VERDICT_ABORTED));
	place(assembly, label);
}

/*
 * Jumps to a program that does not come back: so it is counted before, without a verdict. Should the
 * jump fail, the packet is aborted; that this branch is always taken only the verifier finds out, for
 * it takes nothing that cannot be reached.
 */
static void jump_out(struct assembly *assembly, size_t number)
{
	count_in(assembly, number, VERDICT_ABORTED);
	fetch_context(assembly);
	emit(assembly, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					  .dst_reg = BPF_REG_2,
					  .src_reg = BPF_PSEUDO_MAP_FD,
					  .imm = assembly->blocks[number].tail_fd });
	emit(assembly, (struct bpf_insn){});
	emit(assembly, set(BPF_REG_3, 0));
	emit(assembly, call_helper(BPF_FUNC_tail_call));
	emit(assembly, set(BPF_REG_0, VERDICT_ABORTED));
	emit_to(assembly, jump_if(BPF_JEQ, BPF_REG_0, VERDICT_ABORTED, 0), label_of_exit(assembly));
}

static int run_block(struct assembly *assembly, size_t number)
{
	struct place *where = &assembly->layout.places[number];
	struct exits exits = { .tested = true };
	int result = 0;

	where->prologue = assembly->layout.n_instructions;
	if (assembly->blocks[number].join == JOIN_TAIL_CALLED) {
		jump_out(assembly, number);
		return 0;
	}
	if (number > 0 && needs_context(&assembly->blocks[number]))
		fetch_context(assembly);
	if (assembly->blocks[number].join == JOIN_INLINED)
		result = inline_main(assembly, number, &exits);
	else
		emit_to(assembly, call_function(0), label_of(LABEL_FUNCTION, number));
	if (assembly->blocks[number].tail_calls)
		forget_verdict(assembly);
	where->test = assembly->layout.n_instructions;
	place(assembly, label_of(LABEL_TEST, number));
	if (exits.tested && assembly->blocks[number].forbidden)
		limit_verdict(assembly, number);
	if (exits.tested)
		test_verdict(assembly, number);
	place(assembly, label_of(LABEL_NEXT, number));
	return result;
}

/* Packets that went through the whole chain, most of them as a rule: nothing has to be found out. */
static void pass(struct assembly *assembly)
{
	if (assembly->n_blocks) /* else there is nothing to count */
		count_in(assembly, assembly->n_blocks, VERDICT_PASS);
	emit(assembly, set(BPF_REG_0, VERDICT_PASS));
	place(assembly, label_of_exit(assembly));
	emit(assembly, INSTRUCTION_EXIT);
}

/*
 * Counts the verdict in r0 in the row and returns it; what is no verdict becomes aborted. With an
 * exit of its own the function would have two, and then the compiler of Linux 6.18 for x86 gives up
 * now and then ("bpf_jit: fatal error").
 */
static void leave(struct assembly *assembly)
{
	emit(assembly, store(BPF_W, BPF_REG_10, VERDICT_OFFSET, BPF_REG_0));
	count_begin(assembly);
	emit(assembly, load(BPF_W, BPF_REG_0, BPF_REG_10, VERDICT_OFFSET));
	emit(assembly, jump_if(BPF_JLE, BPF_REG_0, VERDICT_REDIRECT, 1));
	emit(assembly, set(BPF_REG_0, VERDICT_ABORTED));
	count_verdict(assembly);
	emit_to(assembly, jump(0), label_of_exit(assembly));
}

/* One way out for all packets that do not go through the whole chain, and ways there. */
static void end_chain(struct assembly *assembly)
{
	struct layout *layout = &assembly->layout;
	bool is_left = false;
	size_t way_out;

	layout->end = layout->n_instructions;
	pass(assembly);
	for (size_t i = 0; i < assembly->n_blocks; i++)
		is_left |= assembly->leaves[i];
	way_out = layout->n_instructions;
	if (is_left)
		leave(assembly);
	for (size_t i = 0; i < assembly->n_blocks; i++) {
		if (!assembly->leaves[i])
			continue;
		place(assembly, label_of(LABEL_LEAVE_AFTER, i));
		emit(assembly, store_value(BPF_W, BPF_REG_10, ROW_OFFSET, i));
		emit(assembly, jump((int)way_out - (int)layout->n_instructions - 1));
	}
}

/* What of the block is not inlined. */
static void append_functions(struct assembly *assembly, size_t number)
{
	const struct block *block = &assembly->blocks[number];
	struct layout *layout = &assembly->layout;
	struct place *where = &layout->places[number];
	size_t inlined = where->moved ? block->main_length : 0;

	if (block->join == JOIN_TAIL_CALLED)
		return;
	place(assembly, label_of(LABEL_FUNCTION, number));
	if (!where->moved)
		where->main = layout->n_instructions;
	where->rest = layout->n_instructions + block->main_length - inlined;
	memcpy(&layout->instructions[layout->n_instructions], block->instructions + inlined,
	       (block->n_instructions - inlined) * sizeof(*block->instructions));
	layout->n_instructions += block->n_instructions - inlined;
	if (where->moved)
		inline_calls(assembly, number);
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

static int assemble(struct assembly *assembly)
{
	bool keeps = false;
	int result = 0;

	for (size_t i = 0; !keeps && i < assembly->n_blocks; i++)
		keeps = i > 0 ? needs_context(&assembly->blocks[i])
			      : assembly->blocks[i].join == JOIN_TAIL_CALLED;
	if (keeps)
		keep_context(assembly);
	for (size_t i = 0; result == 0 && i < assembly->n_blocks; i++)
		result = run_block(assembly, i);
	if (result < 0)
		return result;
	end_chain(assembly);
	for (size_t i = 0; i < assembly->n_blocks; i++)
		append_functions(assembly, i);
	count_append(assembly);
	return resolve_jumps(assembly);
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
	*layout = (struct layout){};
}

int layout_chain(const struct block *blocks, size_t n_blocks, const struct frame *frame,
		 const struct counting *counting, struct layout *ret)
{
	struct assembly assembly = {
		.blocks = blocks, .n_blocks = n_blocks, .frame = frame, .counting = counting
	};
	size_t length = ROOTLET_LENGTH + GLUE_LENGTH * n_blocks + counting->account_length;
	int result = -ENOMEM;

	for (size_t i = 0; i < n_blocks; i++)
		length += blocks[i].n_instructions;
	assembly.layout.instructions = calloc(length, sizeof(*assembly.layout.instructions));
	assembly.layout.n_places = n_blocks;
	assembly.layout.places = calloc(n_blocks + 1, sizeof(*assembly.layout.places));
	assembly.jumps_to = calloc(length, sizeof(*assembly.jumps_to));
	assembly.leaves = calloc(n_blocks + 1, sizeof(*assembly.leaves));
	assembly.positions = calloc(label_of(LABEL_FUNCTION, n_blocks) + 1, sizeof(size_t));
	if (assembly.layout.instructions && assembly.layout.places && assembly.jumps_to &&
	    assembly.positions && assembly.leaves)
		result = assemble(&assembly);
	assert(assembly.layout.n_instructions <= length);
	free(assembly.jumps_to);
	free(assembly.positions);
	free(assembly.leaves);
	if (result < 0)
		layout_done(&assembly.layout);
	else
		*ret = assembly.layout;
	return result;
}
