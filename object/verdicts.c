#include "object/verdicts.h"

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * What a register may hold: a bit for each constant that is a verdict, and two for all else. Sets only
 * grow while the code is gone through again and again, so that this ends.
 */
typedef uint8_t values;

#define OTHER	  (1u << VERDICT_COUNT) /* a constant that is no verdict */
#define UNKNOWN	  (OTHER << 1)
#define REGISTERS 10

struct state {
	values registers[REGISTERS];
	bool is_reached;
};

struct analysis {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	struct state *before;  /* each instruction */
	values *returned;      /* by the function that begins there */
	uint8_t *is_beginning; /* of a function */
	bool redirects;	       /* calls a helper that can make a packet go elsewhere */
	bool is_changed;
	bool is_odd; /* jumps out of the code */
};

static values constant(int64_t value)
{
	return value >= 0 && value < VERDICT_COUNT ? 1u << value : OTHER;
}

static void merge(struct analysis *analysis, values *to, values more)
{
	analysis->is_changed |= (*to | more) != *to;
	*to |= more;
}

/* Control goes on at that instruction. */
static void flow(struct analysis *analysis, int64_t to, const struct state *state)
{
	struct state *before;

	if (to < 0 || (size_t)to >= analysis->n_instructions) {
		analysis->is_odd = true;
		return;
	}
	before = &analysis->before[to];
	analysis->is_changed |= !before->is_reached;
	before->is_reached = true;
	for (size_t i = 0; i < REGISTERS; i++)
		merge(analysis, &before->registers[i], state->registers[i]);
}

static values calculate_constants(int operation, int64_t left, int64_t right)
{
	switch (operation) {
	case BPF_ADD:
		return constant(left + right);
	case BPF_SUB:
		return constant(left - right);
	case BPF_MUL:
		return constant(left * right);
	case BPF_OR:
		return constant(left | right);
	case BPF_AND:
		return constant(left & right);
	case BPF_XOR:
		return constant(left ^ right);
	case BPF_LSH:
		return right >= 0 && right < 8 ? constant(left << right) : UNKNOWN;
	case BPF_RSH:
		return right >= 0 && right < 8 ? constant(left >> right) : UNKNOWN;
	default:
		return UNKNOWN;
	}
}

/* What is left of any value when it is masked. */
static values mask_any(int32_t mask)
{
	values left = mask < 0 || mask >= VERDICT_COUNT ? OTHER : 0;

	for (int64_t value = 0; value < VERDICT_COUNT; value++)
		if ((value & mask) == value)
			left |= constant(value);
	return left;
}

static values calculate_with(int operation, values left, int64_t right)
{
	values result = 0;

	if (left & (OTHER | UNKNOWN))
		return operation == BPF_AND ? mask_any(right) : UNKNOWN;
	for (int64_t value = 0; value < VERDICT_COUNT; value++)
		if (left & constant(value))
			result |= calculate_constants(operation, value, right);
	return result;
}

static void calculate(struct state *state, const struct bpf_insn *instruction)
{
	values *to = &state->registers[instruction->dst_reg];
	values from = state->registers[instruction->src_reg];
	int operation = BPF_OP(instruction->code);
	bool is_register = BPF_SRC(instruction->code) == BPF_X;
	values result = 0;

	if (operation == BPF_END || operation == BPF_NEG) {
		*to = UNKNOWN;
	} else if (operation == BPF_MOV) {
		*to = is_register ? from : constant(instruction->imm);
	} else if (!is_register) {
		*to = calculate_with(operation, *to, instruction->imm);
	} else if (from & (OTHER | UNKNOWN)) {
		*to = UNKNOWN;
	} else {
		for (int64_t value = 0; value < VERDICT_COUNT; value++)
			if (from & constant(value))
				result |= calculate_with(operation, *to, value);
		*to = result;
	}
}

/* The lower bits of the flags of bpf_redirect_map() are what it returns if there is no entry. */
static values call_helper(struct analysis *analysis, const struct state *state, int helper)
{
	values flags = state->registers[BPF_REG_3];

	switch (helper) {
	case BPF_FUNC_redirect:
		analysis->redirects = true;
		return constant(VERDICT_REDIRECT) | constant(VERDICT_ABORTED);
	case BPF_FUNC_redirect_map:
		analysis->redirects = true;
		return constant(VERDICT_REDIRECT) |
		       (flags & (OTHER | UNKNOWN) ? mask_any(3) : flags);
	case BPF_FUNC_tail_call:
		analysis->redirects = true; /* what it jumps to may */
		merge(analysis, &analysis->returned[0], UNKNOWN);
		return UNKNOWN;
	default:
		return UNKNOWN;
	}
}

static void call(struct analysis *analysis, size_t at, struct state *state)
{
	const struct bpf_insn *instruction = &analysis->instructions[at];
	values result = UNKNOWN;

	if (instruction->src_reg == BPF_PSEUDO_CALL) {
		int64_t to = (int64_t)at + 1 + instruction->imm;
		struct state entry;

		memset(entry.registers, UNKNOWN, sizeof(entry.registers));
		flow(analysis, to, &entry);
		if (analysis->is_odd)
			return;
		analysis->is_beginning[to] = true;
		result = analysis->returned[to];
	} else if (instruction->src_reg == 0) {
		result = call_helper(analysis, state, instruction->imm);
	}
	state->registers[BPF_REG_0] = result;
	memset(&state->registers[BPF_REG_1], UNKNOWN, 5);
	flow(analysis, at + 1, state);
}

static void leave(struct analysis *analysis, size_t at, const struct state *state)
{
	while (!analysis->is_beginning[at])
		at--;
	merge(analysis, &analysis->returned[at], state->registers[BPF_REG_0]);
}

static void jump(struct analysis *analysis, size_t at, struct state *state)
{
	const struct bpf_insn *instruction = &analysis->instructions[at];
	bool is_wide = BPF_CLASS(instruction->code) == BPF_JMP;
	int operation = BPF_OP(instruction->code);
	struct state taken = *state;

	if (operation == BPF_CALL && is_wide) {
		call(analysis, at, state);
	} else if (operation == BPF_EXIT && is_wide) {
		leave(analysis, at, state);
	} else if (operation == BPF_JA) {
		flow(analysis, (int64_t)at + 1 + (is_wide ? instruction->off : instruction->imm),
		     state);
	} else {
		if (operation == BPF_JEQ && BPF_SRC(instruction->code) == BPF_K)
			taken.registers[instruction->dst_reg] = constant(instruction->imm);
		if (operation == BPF_JNE && BPF_SRC(instruction->code) == BPF_K)
			state->registers[instruction->dst_reg] = constant(instruction->imm);
		flow(analysis, (int64_t)at + 1 + instruction->off, &taken);
		flow(analysis, at + 1, state);
	}
}

static void follow(struct analysis *analysis, size_t at)
{
	const struct bpf_insn *instruction = &analysis->instructions[at];
	struct state state = analysis->before[at];
	size_t length = instruction->code == (BPF_LD | BPF_IMM | BPF_DW) ? 2 : 1;

	switch (BPF_CLASS(instruction->code)) {
	case BPF_JMP:
	case BPF_JMP32:
		jump(analysis, at, &state);
		return;
	case BPF_ALU:
	case BPF_ALU64:
		if (instruction->dst_reg < REGISTERS && instruction->src_reg < REGISTERS)
			calculate(&state, instruction);
		else if (instruction->dst_reg < REGISTERS)
			state.registers[instruction->dst_reg] =
				UNKNOWN; /* an address on the stack */
		break;
	case BPF_STX: /* atomic ones give a value back, in one of these */
		if (instruction->src_reg < REGISTERS && BPF_MODE(instruction->code) == BPF_ATOMIC) {
			state.registers[instruction->src_reg] = UNKNOWN;
			state.registers[BPF_REG_0] = UNKNOWN;
		}
		break;
	case BPF_LD:
	case BPF_LDX:
		if (instruction->dst_reg < REGISTERS)
			state.registers[instruction->dst_reg] = UNKNOWN;
		break;
	}
	flow(analysis, at + length, &state);
}

static bool run(struct analysis *analysis)
{
	struct state entry;

	memset(entry.registers, UNKNOWN, sizeof(entry.registers));
	analysis->is_beginning[0] = true;
	flow(analysis, 0, &entry);
	while (analysis->is_changed && !analysis->is_odd) {
		analysis->is_changed = false;
		for (size_t i = 0; i < analysis->n_instructions; i++)
			if (analysis->before[i].is_reached)
				follow(analysis, i);
	}
	return !analysis->is_odd;
}

verdict_set verdicts_of(const struct bpf_insn *instructions, size_t n_instructions)
{
	cleanup(freep) struct state *before = calloc(n_instructions + 1, sizeof(*before));
	cleanup(freep) values *returned = calloc(n_instructions + 1, sizeof(*returned));
	cleanup(freep) uint8_t *is_beginning = calloc(n_instructions + 1, sizeof(*is_beginning));
	struct analysis analysis = { instructions, n_instructions, before, returned, is_beginning };
	verdict_set found;

	if (!before || !returned || !is_beginning || n_instructions == 0 || !run(&analysis))
		return VERDICTS_ALL;
	found = returned[0] & VERDICTS_ALL;
	if (returned[0] & OTHER)
		found |= VERDICT_BIT(VERDICT_ABORTED);
	if (returned[0] & UNKNOWN)
		found |= VERDICTS_ALL & ~(analysis.redirects ? 0 : VERDICT_BIT(VERDICT_REDIRECT));
	return found;
}
