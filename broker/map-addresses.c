// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "broker/map-addresses.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <stdlib.h>

/*
 * A bit for each register that may hold the address of a map, and one for each that may hold the address of a map whose
 * entries are maps.
 */
typedef uint32_t addresses;

#define MAP(number)	  ((addresses)1 << (number))
#define OUTER_MAP(number) (MAP(number) << 16)
#define REGISTER(number)  (MAP(number) | OUTER_MAP(number))
#define ARGUMENTS                                                                                \
	(REGISTER(BPF_REG_1) | REGISTER(BPF_REG_2) | REGISTER(BPF_REG_3) | REGISTER(BPF_REG_4) | \
	 REGISTER(BPF_REG_5))

/* The jump that the verifier may limit, of Linux 6.9 (BPF_JCOND). */
#define JUMP_MAYBE 0xe0

struct place {
	addresses before; /* the instruction */
	bool is_reached;
	bool is_waiting; /* to be followed again */
};

struct walk {
	const struct broker *broker;
	const struct bpf_insn *instructions;
	size_t n_instructions;
	bool has_map_callbacks;
	struct place *places;
	uint32_t *waiting;
	size_t n_waiting;
	addresses returned; /* by any function of the program */
	struct error *error;
};

#define refuse(walk, ...) error_set((walk)->error, ERROR_NO_PERMISSION, -EPERM, __VA_ARGS__)

static int refuse_instruction(const struct walk *walk, size_t at)
{
	return refuse(walk, "has an instruction that xdpd does not know (number %zu, code 0x%02x)",
		      at, walk->instructions[at].code);
}

static void let_wait(struct walk *walk, size_t at)
{
	if (walk->places[at].is_waiting)
		return;
	walk->places[at].is_waiting = true;
	walk->waiting[walk->n_waiting++] = at;
}

/* Control continues at that instruction. A bit is only ever added, so an instruction is followed at most 33 times. */
static int flow(struct walk *walk, int64_t to, addresses state)
{
	struct place *place;

	if (to < 0 || (size_t)to >= walk->n_instructions)
		return refuse(walk, "jumps out of the program");
	place = &walk->places[to];
	if (!place->is_reached || (state & ~place->before))
		let_wait(walk, to);
	place->is_reached = true;
	place->before |= state;
	return 0;
}

/* The registers after the value of one was copied to another, or added to it. */
static addresses add(addresses state, int to, int from)
{
	return state | (state & MAP(from) ? MAP(to) : 0) |
	       (state & OUTER_MAP(from) ? OUTER_MAP(to) : 0);
}

/* An unknown handle is refused later. */
static addresses map_in(const struct walk *walk, const struct bpf_insn *load)
{
	const struct brokered *map = broker_find(walk->broker, load->imm, BROKERED_MAP);
	bool is_outer = !map || map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
			map->type == BPF_MAP_TYPE_HASH_OF_MAPS;

	return MAP(load->dst_reg) | (is_outer ? OUTER_MAP(load->dst_reg) : 0);
}

static int follow_wide_load(struct walk *walk, size_t at, addresses state)
{
	const struct bpf_insn *load = &walk->instructions[at];
	int result = 0;

	if (!is_wide_load(load))
		return refuse_instruction(walk, at);
	state &= ~REGISTER(load->dst_reg);
	if (load->src_reg == BPF_PSEUDO_MAP_FD)
		state |= map_in(walk, load);
	if (load->src_reg == BPF_PSEUDO_FUNC)
		result = flow(walk, (int64_t)at + 1 + load->imm,
			      walk->has_map_callbacks ? MAP(BPF_REG_1) : 0);
	return result ?: flow(walk, at + 2, state);
}

static bool is_memory_mode(int mode, int class)
{
	return mode == BPF_MEM || (mode == BPF_ATOMIC && class == BPF_STX) ||
	       (mode == 0x80 /* BPF_MEMSX, of Linux 6.6 */ && class == BPF_LDX);
}

/* Nothing in memory is the address of a map, because none is stored. */
static int follow_access(struct walk *walk, size_t at, addresses state)
{
	const struct bpf_insn *access = &walk->instructions[at];
	int class = BPF_CLASS(access->code);

	if (!is_memory_mode(BPF_MODE(access->code), class))
		return refuse_instruction(walk, at);
	if (class != BPF_LDX && (state & REGISTER(access->dst_reg)))
		return refuse(walk, "uses memory of the kernel at the address of a map");
	if (class == BPF_LDX && (state & REGISTER(access->src_reg)))
		return refuse(walk, "reads memory of the kernel at the address of a map");
	if (class == BPF_STX && (state & REGISTER(access->src_reg)))
		return refuse(walk, "stores the address of a map");
	if (class == BPF_LDX)
		state &= ~REGISTER(access->dst_reg);
	return flow(walk, at + 1, state);
}

static int follow_calculation(struct walk *walk, size_t at, addresses state)
{
	const struct bpf_insn *instruction = &walk->instructions[at];
	int operation = BPF_OP(instruction->code), to = instruction->dst_reg;
	bool is_register = BPF_SRC(instruction->code) == BPF_X && operation != BPF_END;

	if (operation > BPF_END)
		return refuse_instruction(walk, at);
	if (operation == BPF_MOV && !(is_register && instruction->src_reg == to))
		state &= ~REGISTER(to);
	return flow(walk, at + 1, is_register ? add(state, to, instruction->src_reg) : state);
}

/* Only bpf_map_lookup_elem() returns the address of a map, which is an entry of another one. */
static addresses after_call(const struct walk *walk, const struct bpf_insn *call, addresses state)
{
	bool looks_up = call->src_reg == 0 && call->imm == BPF_FUNC_map_lookup_elem;
	addresses after = state & ~ARGUMENTS & ~REGISTER(BPF_REG_0);

	if (call->src_reg == BPF_PSEUDO_CALL)
		after |= walk->returned;
	return looks_up && (state & OUTER_MAP(BPF_REG_1)) ? after | MAP(BPF_REG_0) : after;
}

static int follow_call(struct walk *walk, size_t at, addresses state)
{
	const struct bpf_insn *call = &walk->instructions[at];
	int result = 0;

	if (call->src_reg == BPF_PSEUDO_CALL)
		result = flow(walk, (int64_t)at + 1 + call->imm, state & ARGUMENTS);
	return result ?: flow(walk, at + 1, after_call(walk, call, state));
}

/* What one function returns counts for all of them: that changes twice at most. */
static int follow_exit(struct walk *walk, addresses state)
{
	addresses returned = state & REGISTER(BPF_REG_0);

	if (!(returned & ~walk->returned))
		return 0;
	walk->returned |= returned;
	for (size_t i = 0; i < walk->n_instructions; i++)
		if (walk->places[i].is_reached && is_function_call(&walk->instructions[i]))
			let_wait(walk, i);
	return 0;
}

static int follow_jump(struct walk *walk, size_t at, addresses state)
{
	const struct bpf_insn *jump = &walk->instructions[at];
	int operation = BPF_OP(jump->code), class = BPF_CLASS(jump->code);
	bool is_conditional = operation != BPF_JA;
	int result;

	if (is_exit(jump))
		return follow_exit(walk, state);
	if (is_call(jump))
		return follow_call(walk, at, state);
	/* BPF_JA | BPF_X jumps to an address in a register. */
	if (operation == BPF_CALL || operation == BPF_EXIT || operation > JUMP_MAYBE ||
	    (operation == JUMP_MAYBE && class != BPF_JMP) ||
	    (!is_conditional && BPF_SRC(jump->code) == BPF_X))
		return refuse_instruction(walk, at);
	result = flow(walk, (int64_t)at + 1 + reach(jump), state);
	return is_conditional && result == 0 ? flow(walk, at + 1, state) : result;
}

static int follow(struct walk *walk, size_t at)
{
	static int (*const classes[8])(struct walk *, size_t, addresses) = {
		[BPF_LD] = follow_wide_load,	[BPF_LDX] = follow_access,
		[BPF_ST] = follow_access,	[BPF_STX] = follow_access,
		[BPF_ALU] = follow_calculation, [BPF_JMP] = follow_jump,
		[BPF_JMP32] = follow_jump,	[BPF_ALU64] = follow_calculation,
	};

	return classes[BPF_CLASS(walk->instructions[at].code)](walk, at, walk->places[at].before);
}

int map_addresses_check(const struct broker *broker, const struct bpf_insn *instructions,
			size_t n_instructions, bool has_map_callbacks, struct error *error)
{
	cleanup(freep) struct place *places = calloc(n_instructions + 1, sizeof(*places));
	cleanup(freep) uint32_t *waiting = calloc(n_instructions + 1, sizeof(*waiting));
	struct walk walk = { .broker = broker,
			     .instructions = instructions,
			     .n_instructions = n_instructions,
			     .has_map_callbacks = has_map_callbacks,
			     .places = places,
			     .waiting = waiting,
			     .error = error };
	int result;

	if (!places || !waiting)
		return error_memory(error);
	result = flow(&walk, 0, 0);
	while (result == 0 && walk.n_waiting) {
		uint32_t at = waiting[--walk.n_waiting];

		places[at].is_waiting = false;
		result = follow(&walk, at);
	}
	return result;
}
