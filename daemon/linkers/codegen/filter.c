// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/codegen/filter.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* The registers; the accumulator is also the result. */
#define A	 BPF_REG_0
#define X	 BPF_REG_1
#define DATA	 BPF_REG_2
#define DATA_END BPF_REG_3
#define SCRATCH	 BPF_REG_4
#define ADDRESS	 BPF_REG_5

/* The most instructions that one of classic BPF becomes, and those before and after all of them. */
#define EXPANSION 10
#define FRAMING	  5

/* The verifier follows a packet pointer up to this offset (MAX_PACKET_OFF). */
#define PACKET_SIZE_MAX 0xffffu

struct translation {
	size_t n;
	const struct sock_filter *filter;
	const struct filter_place *place;
	struct bpf_insn *instructions;
	size_t n_instructions;
	bool *reachable;   /* of each instruction of the filter */
	size_t *positions; /* of each instruction of the filter, then of the two labels below */
	size_t *jumps_to; /* of each instruction: the index of its target in `positions`, plus 1; 0: none */
};

static size_t label_of_rejection(const struct translation *translation)
{
	return translation->n;
}

static size_t label_of_end(const struct translation *translation)
{
	return translation->n + 1;
}

static void emit(struct translation *translation, struct bpf_insn instruction)
{
	translation->instructions[translation->n_instructions++] = instruction;
}

static void emit_to(struct translation *translation, struct bpf_insn instruction, size_t label)
{
	translation->jumps_to[translation->n_instructions] = label + 1;
	emit(translation, instruction);
}

static struct bpf_insn set32(int to, uint32_t value)
{
	return (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_K,
				  .dst_reg = to,
				  .imm = (int32_t)value };
}

static struct bpf_insn calculate32(int operation, int to, uint32_t value)
{
	return (struct bpf_insn){ .code = BPF_ALU | operation | BPF_K,
				  .dst_reg = to,
				  .imm = (int32_t)value };
}

static struct bpf_insn jump_if_greater(int left, int right)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_JGT | BPF_X,
				  .dst_reg = left,
				  .src_reg = right };
}

static void reject(struct translation *translation)
{
	emit_to(translation, jump(0), label_of_rejection(translation));
}

static uint32_t size_in_bytes(int size)
{
	return size == BPF_W ? 4 : size == BPF_H ? 2 : 1;
}

/* ADDRESS points behind the bytes. The filter sees them in network byte order. */
static void load_checked(struct translation *translation, int to, int size)
{
	uint32_t bytes = size_in_bytes(size);

	emit_to(translation, jump_if_greater(ADDRESS, DATA_END), label_of_rejection(translation));
	emit(translation, load(size, to, ADDRESS, -(int)bytes));
	if (bytes > 1)
		emit(translation, (struct bpf_insn){ .code = BPF_ALU | BPF_END | BPF_TO_BE,
						     .dst_reg = to,
						     .imm = (int32_t)(bytes * 8) });
}

static void load_at(struct translation *translation, int to, int size, uint32_t offset)
{
	uint32_t bytes = size_in_bytes(size);

	if (offset > PACKET_SIZE_MAX - bytes) {
		reject(translation);
		return;
	}
	emit(translation, move(ADDRESS, DATA));
	emit(translation, calculate(BPF_ADD, ADDRESS, (int)(offset + bytes)));
	load_checked(translation, to, size);
}

static void load_absolute(struct translation *translation, const struct sock_filter *filter)
{
	load_at(translation, A, BPF_SIZE(filter->code), filter->k);
}

/*
 * Copies a register so that the verifier forgets what it knows of its value, by swapping its bytes twice. In a branch
 * that cannot be taken, the verifier may know impossible bounds (tried: 6.1), and then it accepts no packet pointer
 * that is calculated with them.
 */
static void copy_as_unknown(struct translation *translation, int to, int from)
{
	const struct bpf_insn swap = { .code = BPF_ALU | BPF_END | BPF_TO_BE,
				       .dst_reg = to,
				       .imm = 32 };

	emit(translation, move32(to, from));
	emit(translation, swap);
	emit(translation, swap);
}

/* X is limited first, because the verifier accepts only bounded offsets. */
static void load_indexed(struct translation *translation, const struct sock_filter *filter)
{
	uint32_t bytes = size_in_bytes(BPF_SIZE(filter->code));

	if (filter->k > PACKET_SIZE_MAX - bytes) {
		reject(translation);
		return;
	}
	copy_as_unknown(translation, SCRATCH, X);
	emit_to(translation,
		jump_if(BPF_JGT, SCRATCH, (int)(PACKET_SIZE_MAX - bytes - filter->k), 0),
		label_of_rejection(translation));
	emit(translation, move(ADDRESS, DATA));
	emit(translation, calculate_from(BPF_ADD, ADDRESS, SCRATCH));
	emit(translation, calculate(BPF_ADD, ADDRESS, (int)(filter->k + bytes)));
	load_checked(translation, A, BPF_SIZE(filter->code));
}

/* X = 4 * (byte & 0xf): the length of an IPv4 header. */
static void load_header_length(struct translation *translation, const struct sock_filter *filter)
{
	load_at(translation, X, BPF_B, filter->k);
	if (filter->k > PACKET_SIZE_MAX - 1)
		return;
	emit(translation, calculate32(BPF_AND, X, 0xf));
	emit(translation, calculate32(BPF_LSH, X, 2));
}

static int loaded_register(const struct sock_filter *filter)
{
	return BPF_CLASS(filter->code) == BPF_LDX || BPF_CLASS(filter->code) == BPF_STX ? X : A;
}

static void load_constant(struct translation *translation, const struct sock_filter *filter)
{
	emit(translation, set32(loaded_register(filter), filter->k));
}

static void load_length(struct translation *translation, const struct sock_filter *filter)
{
	int to = loaded_register(filter);

	if (translation->place->length_offset) {
		emit(translation, load(BPF_W, to, BPF_REG_10, translation->place->length_offset));
		return;
	}
	emit(translation, move(SCRATCH, DATA_END));
	emit(translation, calculate_from(BPF_SUB, SCRATCH, DATA));
	emit(translation, move32(to, SCRATCH));
}

static int offset_of_word(const struct translation *translation, uint32_t word)
{
	return translation->place->stack_offset + 4 * (int)word;
}

static void load_word(struct translation *translation, const struct sock_filter *filter)
{
	emit(translation, load(BPF_W, loaded_register(filter), BPF_REG_10,
			       offset_of_word(translation, filter->k)));
}

static void store_word(struct translation *translation, const struct sock_filter *filter)
{
	emit(translation, store(BPF_W, BPF_REG_10, offset_of_word(translation, filter->k),
				loaded_register(filter)));
}

/* Classic BPF calculates in 32 bits, with the opcodes that eBPF has for that. */
static void compute(struct translation *translation, const struct sock_filter *filter)
{
	bool from_x = BPF_SRC(filter->code) == BPF_X;

	emit(translation, (struct bpf_insn){ .code = (uint8_t)filter->code,
					     .dst_reg = A,
					     .src_reg = from_x ? X : 0,
					     .imm = from_x ? 0 : (int32_t)filter->k });
}

static void negate(struct translation *translation, const struct sock_filter *filter)
{
	(void)filter;
	emit(translation, calculate32(BPF_NEG, A, 0));
}

static void divide_by_x(struct translation *translation, const struct sock_filter *filter)
{
	emit_to(translation, jump_if32(BPF_JEQ, X, 0, 0), label_of_rejection(translation));
	compute(translation, filter);
}

/* eBPF uses the distance modulo 32; in classic BPF all bits leave the register. */
static void shift_by_x(struct translation *translation, const struct sock_filter *filter)
{
	emit(translation, jump_if32(BPF_JLT, X, 32, 2));
	emit(translation, set32(A, 0));
	emit(translation, jump(1));
	compute(translation, filter);
}

static void jump_always(struct translation *translation, const struct sock_filter *filter)
{
	size_t number = filter - translation->filter;

	emit_to(translation, jump(0), number + 1 + filter->k);
}

/* Emits a jump that is taken if the comparison is true, or false. */
static void branch(struct translation *translation, const struct sock_filter *filter, int operation,
		   size_t distance)
{
	size_t number = filter - translation->filter;
	bool from_x = BPF_SRC(filter->code) == BPF_X;

	emit_to(translation,
		(struct bpf_insn){ .code = BPF_JMP32 | operation | (from_x ? BPF_X : BPF_K),
				   .dst_reg = A,
				   .src_reg = from_x ? X : 0,
				   .imm = from_x ? 0 : (int32_t)filter->k },
		number + 1 + distance);
}

/* The comparison that is true where this one is false; 0: there is none. */
static int opposite(int operation)
{
	switch (operation) {
	case BPF_JEQ:
		return BPF_JNE;
	case BPF_JGT:
		return BPF_JLE;
	case BPF_JGE:
		return BPF_JLT;
	default:
		return 0;
	}
}

static void compare(struct translation *translation, const struct sock_filter *filter)
{
	size_t number = filter - translation->filter;
	int operation = BPF_OP(filter->code);

	if (filter->jt == filter->jf) {
		emit_to(translation, jump(0), number + 1 + filter->jt);
	} else if (filter->jt == 0 && opposite(operation)) {
		branch(translation, filter, opposite(operation), filter->jf);
	} else {
		branch(translation, filter, operation, filter->jt);
		if (filter->jf > 0)
			emit_to(translation, jump(0), number + 1 + filter->jf);
	}
}

static void return_constant(struct translation *translation, const struct sock_filter *filter)
{
	emit(translation, set32(A, filter->k));
	emit_to(translation, jump(0), label_of_end(translation));
}

static void return_accumulator(struct translation *translation, const struct sock_filter *filter)
{
	(void)filter;
	emit_to(translation, jump(0), label_of_end(translation));
}

static void copy_to_x(struct translation *translation, const struct sock_filter *filter)
{
	(void)filter;
	emit(translation, move32(X, A));
}

static void copy_to_accumulator(struct translation *translation, const struct sock_filter *filter)
{
	(void)filter;
	emit(translation, move32(A, X));
}

#define BOTH(code, translate) [code | BPF_K] = translate, [code | BPF_X] = translate
#define LOAD(size) \
	[BPF_LD | size | BPF_ABS] = load_absolute, [BPF_LD | size | BPF_IND] = load_indexed

/* For each instruction that filter_check() accepts. */
static void (*const translations[])(struct translation *translation,
				    const struct sock_filter *filter) = {
	LOAD(BPF_W),
	LOAD(BPF_H),
	LOAD(BPF_B),
	[BPF_LD | BPF_IMM] = load_constant,
	[BPF_LD | BPF_LEN] = load_length,
	[BPF_LD | BPF_MEM] = load_word,
	[BPF_LDX | BPF_IMM] = load_constant,
	[BPF_LDX | BPF_LEN] = load_length,
	[BPF_LDX | BPF_MEM] = load_word,
	[BPF_LDX | BPF_B | BPF_MSH] = load_header_length,
	[BPF_ST] = store_word,
	[BPF_STX] = store_word,
	BOTH(BPF_ALU | BPF_ADD, compute),
	BOTH(BPF_ALU | BPF_SUB, compute),
	BOTH(BPF_ALU | BPF_MUL, compute),
	BOTH(BPF_ALU | BPF_AND, compute),
	BOTH(BPF_ALU | BPF_OR, compute),
	BOTH(BPF_ALU | BPF_XOR, compute),
	[BPF_ALU | BPF_DIV | BPF_K] = compute,
	[BPF_ALU | BPF_DIV | BPF_X] = divide_by_x,
	[BPF_ALU | BPF_MOD | BPF_K] = compute,
	[BPF_ALU | BPF_MOD | BPF_X] = divide_by_x,
	[BPF_ALU | BPF_LSH | BPF_K] = compute,
	[BPF_ALU | BPF_LSH | BPF_X] = shift_by_x,
	[BPF_ALU | BPF_RSH | BPF_K] = compute,
	[BPF_ALU | BPF_RSH | BPF_X] = shift_by_x,
	[BPF_ALU | BPF_NEG] = negate,
	[BPF_JMP | BPF_JA] = jump_always,
	BOTH(BPF_JMP | BPF_JEQ, compare),
	BOTH(BPF_JMP | BPF_JGT, compare),
	BOTH(BPF_JMP | BPF_JGE, compare),
	BOTH(BPF_JMP | BPF_JSET, compare),
	[BPF_RET | BPF_K] = return_constant,
	[BPF_RET | BPF_A] = return_accumulator,
	[BPF_MISC | BPF_TAX] = copy_to_x,
	[BPF_MISC | BPF_TXA] = copy_to_accumulator,
};

/* A load at an offset that no packet has ends the filter. */
static bool always_rejects(const struct sock_filter *filter)
{
	int class = BPF_CLASS(filter->code), mode = BPF_MODE(filter->code);
	bool is_load = (class == BPF_LD && (mode == BPF_ABS || mode == BPF_IND)) ||
		       (class == BPF_LDX && mode == BPF_MSH);

	return is_load && filter->k > PACKET_SIZE_MAX - size_in_bytes(BPF_SIZE(filter->code));
}

/* The verifier does not accept instructions that cannot be reached; classic BPF may have some. */
static void find_reachable(struct translation *translation)
{
	bool *reachable = translation->reachable;

	reachable[0] = true;
	for (size_t i = 0; i < translation->n; i++) {
		const struct sock_filter *filter = &translation->filter[i];
		int class = BPF_CLASS(filter->code);

		if (!reachable[i] || class == BPF_RET || always_rejects(filter))
			continue;
		if (filter->code == (BPF_JMP | BPF_JA)) {
			reachable[i + 1 + filter->k] = true;
		} else if (class == BPF_JMP) {
			reachable[i + 1 + filter->jt] = true;
			reachable[i + 1 + filter->jf] = true;
		} else {
			reachable[i + 1] = true;
		}
	}
}

static void begin(struct translation *translation)
{
	int context = translation->place->context_register;

	/* The context may be in a register that the filter uses, so it is needed only here. */
	emit(translation, load(BPF_W, DATA_END, context, offsetof(struct xdp_md, data_end)));
	emit(translation, load(BPF_W, DATA, context, offsetof(struct xdp_md, data)));
	emit(translation, set32(A, 0));
	emit(translation, set32(X, 0));
}

/* Emits the end of rejected packets, if a jump leads there. */
static void end(struct translation *translation)
{
	bool rejects = false;

	for (size_t i = 0; i < translation->n_instructions; i++)
		rejects |= translation->jumps_to[i] == label_of_rejection(translation) + 1;
	translation->positions[label_of_rejection(translation)] = translation->n_instructions;
	if (rejects)
		emit(translation, set32(A, 0));
	translation->positions[label_of_end(translation)] = translation->n_instructions;
}

static void resolve_jumps(struct translation *translation)
{
	for (size_t i = 0; i < translation->n_instructions; i++)
		if (translation->jumps_to[i])
			translation->instructions[i].off =
				(int16_t)(translation->positions[translation->jumps_to[i] - 1] - i -
					  1);
}

static void translate(struct translation *translation)
{
	static_assert(FRAMING + EXPANSION * FILTER_LENGTH_MAX <= INT16_MAX,
		      "all jumps are short enough");

	find_reachable(translation);
	begin(translation);
	for (size_t i = 0; i < translation->n; i++) {
		translation->positions[i] = translation->n_instructions;
		if (translation->reachable[i])
			translations[translation->filter[i].code](translation,
								  &translation->filter[i]);
	}
	end(translation);
	resolve_jumps(translation);
}

int filter_translate(size_t n, const struct sock_filter *instructions,
		     const struct filter_place *place, struct filter_code *ret, struct error *error)
{
	size_t length = FRAMING + EXPANSION * n;
	cleanup(freep) struct bpf_insn *code = NULL;
	cleanup(freep) size_t *positions = NULL;
	cleanup(freep) size_t *jumps_to = NULL;
	cleanup(freep) bool *reachable = NULL;
	struct translation translation = { .n = n, .filter = instructions, .place = place };
	int result = filter_check(n, instructions, error);

	if (result < 0)
		return result;
	translation.instructions = code = calloc(length, sizeof(*code));
	translation.positions = positions = calloc(n + 2, sizeof(*positions));
	translation.jumps_to = jumps_to = calloc(length, sizeof(*jumps_to));
	translation.reachable = reachable = calloc(n, sizeof(*reachable));
	if (!code || !positions || !jumps_to || !reachable)
		return error_memory(error);
	translate(&translation);
	assert(translation.n_instructions <= length);
	*ret = (struct filter_code){ steal(code), translation.n_instructions };
	return 0;
}

void filter_code_done(struct filter_code *code)
{
	free(code->instructions);
	*code = (struct filter_code){};
}
