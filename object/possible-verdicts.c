// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/possible-verdicts.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What a register may hold: a bit for each constant that is a verdict, and two for everything else. */
typedef uint8_t values;

#define OTHER	  (1u << VERDICT_COUNT) /* a constant that is not a verdict */
#define UNKNOWN	  (OTHER << 1)
#define REGISTERS 10

/*
 * An instruction is analysed again if a register may hold more before it than was known. Real programs need
 * two or three rounds; code that needs more than this was made to take time, and at worst a warning is
 * missing.
 */
#define LOOKS_MAX 32
#define NONE	  UINT32_MAX

struct state_directory {
	values registers[REGISTERS];
};

/* An instruction, and what is known of it. */
struct place {
	struct state_directory before;
	bool is_reached;
	bool is_waiting;     /* to be analysed again */
	values returned;     /* by the function that begins here */
	uint32_t function;   /* where its function begins */
	uint32_t first_call; /* a call of the function that begins here, and the next such call */
	uint32_t next_call;
};

struct analysis {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	struct place *places;
	/*
	 * The first of the waiting instructions in the code; it is taken first, because most jumps go
	 * forward.
	 */
	uint32_t first;
	uint32_t *heap; /* the other waiting ones; each precedes the two at 2n + 1 and 2n + 2 */
	size_t n_heap;
	uint64_t n_looks;
	bool redirects; /* it calls a helper that can redirect a packet */
	bool is_odd;	/* it jumps out of the code, or takes too long */
};

static values constant(int64_t value)
{
	return value >= 0 && value < VERDICT_COUNT ? 1u << value : OTHER;
}

static void push(struct analysis *analysis, uint32_t place)
{
	uint32_t *heap = analysis->heap;
	size_t at = analysis->n_heap++;

	for (; at > 0 && place < heap[(at - 1) / 2]; at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = place;
}

static uint32_t pop(struct analysis *analysis)
{
	uint32_t *heap = analysis->heap, first = heap[0], moved = heap[--analysis->n_heap];
	size_t at = 0, child = 1;

	while (child < analysis->n_heap) {
		child += child + 1 < analysis->n_heap && heap[child + 1] < heap[child];
		if (moved <= heap[child])
			break;
		heap[at] = heap[child];
		at = child;
		child = 2 * at + 1;
	}
	heap[at] = moved;
	return first;
}

/* Usually it is the next instruction, so one has a place of its own before the heap. */
static void let_wait(struct analysis *analysis, uint32_t place)
{
	uint32_t later = place;

	if (analysis->places[place].is_waiting)
		return;
	analysis->places[place].is_waiting = true;
	if (place < analysis->first) {
		later = analysis->first;
		analysis->first = place;
	}
	if (later != NONE)
		push(analysis, later);
}

/* NONE: no instruction waits. */
static uint32_t next_waiting(struct analysis *analysis)
{
	uint32_t place = analysis->first;

	if (analysis->n_heap && analysis->heap[0] < place)
		place = pop(analysis);
	else
		analysis->first = NONE;
	if (place != NONE)
		analysis->places[place].is_waiting = false;
	return place;
}

/* Control continues at that instruction. */
static void flow(struct analysis *analysis, int64_t to, const struct state_directory *state)
{
	struct place *place;
	bool is_changed;

	if (to < 0 || (size_t)to >= analysis->n_instructions) {
		analysis->is_odd = true;
		return;
	}
	place = &analysis->places[to];
	is_changed = !place->is_reached;
	place->is_reached = true;
	for (size_t i = 0; i < REGISTERS; i++) {
		is_changed |= state->registers[i] & ~place->before.registers[i];
		place->before.registers[i] |= state->registers[i];
	}
	if (is_changed)
		let_wait(analysis, to);
}

/* The function may return these values, too: if that is new, its callers are analysed again. */
static void add_returned(struct analysis *analysis, uint32_t function, values returned)
{
	struct place *entry = &analysis->places[function];

	if (!(returned & ~entry->returned))
		return;
	entry->returned |= returned;
	for (uint32_t call = entry->first_call; call != NONE;
	     call = analysis->places[call].next_call)
		if (analysis->places[call].is_reached)
			let_wait(analysis, call);
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

/* What masking leaves of any value. */
static values mask_any(int32_t mask)
{
	values left = mask < 0 || mask >= VERDICT_COUNT ? OTHER : 0;

	for (int64_t value = 0; value < VERDICT_COUNT; value++)
		if ((value & mask) == value)
			left |= constant(value);
	return left;
}

/* More possible operands never give fewer possible results, so the analysis ends. */
static values calculate_with(int operation, values left, int64_t right)
{
	values result = 0;

	if (left & (OTHER | UNKNOWN))
		result = operation == BPF_AND ? mask_any(right) : UNKNOWN;
	for (int64_t value = 0; value < VERDICT_COUNT; value++)
		if (left & constant(value))
			result |= calculate_constants(operation, value, right);
	return result;
}

static void follow_calculation(struct state_directory *state, const struct bpf_insn *instruction)
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
	} else {
		if (from & (OTHER | UNKNOWN))
			result = UNKNOWN;
		for (int64_t value = 0; value < VERDICT_COUNT; value++)
			if (from & constant(value))
				result |= calculate_with(operation, *to, value);
		*to = result;
	}
}

/* If there is no entry, bpf_redirect_map() returns the lower bits of its flags. */
static values follow_helper(struct analysis *analysis, const struct state_directory *state,
			    int helper)
{
	values flags = state->registers[BPF_REG_3];

	switch (helper) {
	case BPF_FUNC_redirect:
		analysis->redirects = true;
		return constant(VERDICT_REDIRECT) | constant(VERDICT_ABORTED);
	case BPF_FUNC_redirect_map:
		analysis->redirects = true;
		return constant(VERDICT_REDIRECT) | (flags & VERDICTS_ALL) |
		       (flags & (OTHER | UNKNOWN) ? mask_any(3) : 0);
	case BPF_FUNC_tail_call:
		analysis->redirects = true; /* the program that it jumps to may redirect */
		add_returned(analysis, 0, UNKNOWN);
		return UNKNOWN;
	default:
		return UNKNOWN;
	}
}

/* The code after a call is analysed only when the function is known to return. */
static void follow_function_call(struct analysis *analysis, size_t at,
				 struct state_directory *state)
{
	int64_t to = (int64_t)at + 1 + analysis->instructions[at].imm;
	struct state_directory entry;

	memset(entry.registers, UNKNOWN, sizeof(entry.registers));
	flow(analysis, to, &entry);
	if (analysis->is_odd || !analysis->places[to].returned)
		return;
	state->registers[BPF_REG_0] = analysis->places[to].returned;
	flow(analysis, at + 1, state);
}

static void follow_call(struct analysis *analysis, size_t at, struct state_directory *state)
{
	const struct bpf_insn *instruction = &analysis->instructions[at];
	values result = instruction->src_reg == 0 ? follow_helper(analysis, state, instruction->imm)
						  : UNKNOWN;

	memset(&state->registers[BPF_REG_1], UNKNOWN, 5);
	state->registers[BPF_REG_0] = result;
	if (instruction->src_reg == BPF_PSEUDO_CALL)
		follow_function_call(analysis, at, state);
	else
		flow(analysis, at + 1, state);
}

static void follow_jump(struct analysis *analysis, size_t at, struct state_directory *state)
{
	const struct bpf_insn *instruction = &analysis->instructions[at];
	bool is_wide = BPF_CLASS(instruction->code) == BPF_JMP;
	int operation = BPF_OP(instruction->code);
	bool compares = BPF_SRC(instruction->code) == BPF_K && instruction->dst_reg < REGISTERS;
	struct state_directory taken = *state;

	if (operation == BPF_CALL && is_wide) {
		follow_call(analysis, at, state);
	} else if (operation == BPF_EXIT && is_wide) {
		add_returned(analysis, analysis->places[at].function, state->registers[BPF_REG_0]);
	} else if (operation == BPF_JA) {
		flow(analysis, (int64_t)at + 1 + (is_wide ? instruction->off : instruction->imm),
		     state);
	} else {
		if (operation == BPF_JEQ && compares)
			taken.registers[instruction->dst_reg] = constant(instruction->imm);
		if (operation == BPF_JNE && compares)
			state->registers[instruction->dst_reg] = constant(instruction->imm);
		flow(analysis, (int64_t)at + 1 + instruction->off, &taken);
		flow(analysis, at + 1, state);
	}
}

static void follow(struct analysis *analysis, size_t at)
{
	const struct bpf_insn *instruction = &analysis->instructions[at];
	struct state_directory state = analysis->places[at].before;
	size_t length = is_wide_load(instruction) ? 2 : 1;

	switch (BPF_CLASS(instruction->code)) {
	case BPF_JMP:
	case BPF_JMP32:
		follow_jump(analysis, at, &state);
		return;
	case BPF_ALU:
	case BPF_ALU64:
		if (instruction->dst_reg < REGISTERS && instruction->src_reg < REGISTERS)
			follow_calculation(&state, instruction);
		else if (instruction->dst_reg < REGISTERS)
			state.registers[instruction->dst_reg] =
				UNKNOWN; /* an address on the stack */
		break;
	case BPF_STX: /* some atomic ones return a value, in one of these */
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

/* Notes where functions begin, and where each is called. */
static void find_functions(struct analysis *analysis)
{
	struct place *places = analysis->places;

	for (size_t i = 0; i < analysis->n_instructions; i++)
		places[i].first_call = places[i].next_call = NONE;
	for (size_t i = 0; i < analysis->n_instructions; i++) {
		const struct bpf_insn *instruction = &analysis->instructions[i];
		int64_t to = (int64_t)i + 1 + instruction->imm;

		if ((!is_function_call(instruction) && !is_function_address(instruction)) ||
		    to < 0 || (size_t)to >= analysis->n_instructions)
			continue;
		places[to].function = to;
		if (!is_function_call(instruction))
			continue;
		places[i].next_call = places[to].first_call;
		places[to].first_call = i;
	}
	for (size_t i = 1; i < analysis->n_instructions; i++)
		if (!places[i].function)
			places[i].function = places[i - 1].function;
}

static bool run(struct analysis *analysis)
{
	struct state_directory entry;
	uint32_t at;

	find_functions(analysis);
	memset(entry.registers, UNKNOWN, sizeof(entry.registers));
	flow(analysis, 0, &entry);
	while (!analysis->is_odd && (at = next_waiting(analysis)) != NONE) {
		follow(analysis, at);
		analysis->is_odd |= ++analysis->n_looks >
				    (uint64_t)LOOKS_MAX * analysis->n_instructions;
	}
	return !analysis->is_odd;
}

verdict_set possible_verdicts(const struct bpf_insn *instructions, size_t n_instructions)
{
	cleanup(freep) struct place *places = calloc(n_instructions + 1, sizeof(*places));
	cleanup(freep) uint32_t *heap = calloc(n_instructions + 1, sizeof(*heap));
	struct analysis analysis = { .instructions = instructions,
				     .n_instructions = n_instructions,
				     .places = places,
				     .first = NONE,
				     .heap = heap };
	values returned;
	verdict_set found;

	if (!places || !heap || n_instructions == 0 || n_instructions >= NONE || !run(&analysis))
		return VERDICTS_ALL;
	returned = places[0].returned;
	found = returned & VERDICTS_ALL;
	if (returned & OTHER)
		found |= VERDICT_BIT(VERDICT_ABORTED);
	if (returned & UNKNOWN)
		found |= VERDICTS_ALL & ~(analysis.redirects ? 0 : VERDICT_BIT(VERDICT_REDIRECT));
	return found;
}
