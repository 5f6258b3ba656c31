// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Follows each block from its first instruction to its last, because it has only jumps ahead, and keeps of
 * registers and of the stack what the block may write to. Where an address came from is enough: that no access
 * leaves the memory around the address is for the kernel's verifier to prove.
 */
#include "daemon/linkers/check/trace.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <stdlib.h>
#include <string.h>

/* What is in a register. */
enum kind {
	KIND_OTHER,
	KIND_RINGS,   /* a tracer's map of ring buffers */
	KIND_LOST,    /* a tracer's array of counters */
	KIND_RING,    /* a ring buffer out of that map, or NULL */
	KIND_RECORD,  /* an address in a record that was reserved in one, or NULL */
	KIND_COUNTER, /* an address in that array, or NULL */
};

#define REGISTERS 6
#define CELLS	  4

/* Eight bytes of the stack. */
struct cell {
	short offset;
	unsigned char kind; /* KIND_OTHER: the cell is not used */
};

/* What is known before an instruction. */
struct state {
	bool is_reached;
	unsigned char registers[REGISTERS]; /* their kinds */
	struct cell cells[CELLS];
};

struct walk {
	const struct checked_chain *chain;
	const struct checked_trace *trace;
	struct state *states; /* of each instruction of the block, and behind it */
};

/* What helpers need, and what they return. */
static const struct helper {
	int number;
	int written; /* the register with the address to which it writes; 0: it does not write */
	enum kind first; /* of r1 */
	enum kind result;
} helpers[] = {
	{ BPF_FUNC_ktime_get_ns },
	{ BPF_FUNC_get_prandom_u32 },
	{ BPF_FUNC_get_smp_processor_id },
	{ BPF_FUNC_xdp_get_buff_len },
	{ BPF_FUNC_map_lookup_elem, .first = KIND_RINGS, .result = KIND_RING },
	{ BPF_FUNC_map_lookup_elem, .first = KIND_LOST, .result = KIND_COUNTER },
	{ BPF_FUNC_ringbuf_reserve, .first = KIND_RING, .result = KIND_RECORD },
	{ BPF_FUNC_ringbuf_query, .first = KIND_RING },
	{ BPF_FUNC_ringbuf_submit, .first = KIND_RECORD },
	{ BPF_FUNC_xdp_load_bytes, .written = BPF_REG_3 },
	{ BPF_FUNC_probe_read_kernel, .written = BPF_REG_1 },
};

static enum kind kind_of(const struct state *state, int number)
{
	return number < REGISTERS ? state->registers[number] : KIND_OTHER;
}

/* NULL: the call is not one that traces. */
static const struct helper *find_helper(const struct state *state, const struct bpf_insn *now)
{
	for (size_t i = 0; !now->src_reg && i < sizeof(helpers) / sizeof(*helpers); i++) {
		const struct helper *helper = &helpers[i];

		if (helper->number == now->imm &&
		    (!helper->first || helper->first == state->registers[BPF_REG_1]) &&
		    (!helper->written || state->registers[helper->written] == KIND_RECORD))
			return helper;
	}
	return NULL;
}

static bool run_call(struct state *state, const struct bpf_insn *now)
{
	const struct helper *helper = find_helper(state, now);

	if (!helper)
		return false;
	memset(state->registers, KIND_OTHER, sizeof(state->registers));
	state->registers[BPF_REG_0] = helper->result;
	return true;
}

/* Only the maps of tracers can be loaded. */
static enum kind find_map(const struct checked_chain *chain, int fd)
{
	for (size_t i = 0; i < chain->n_tracers; i++) {
		if (fd == chain->tracers[i].rings_fd)
			return KIND_RINGS;
		if (fd == chain->tracers[i].lost_fd)
			return KIND_LOST;
	}
	return KIND_OTHER;
}

static bool run_load_map(const struct checked_chain *chain, struct state *state,
			 const struct bpf_insn *now)
{
	static const struct bpf_insn second;
	enum kind kind = find_map(chain, now->imm);

	state->registers[now->dst_reg] = kind;
	return kind != KIND_OTHER && now->src_reg == BPF_PSEUDO_MAP_FD && !now->off &&
	       !memcmp(&now[1], &second, sizeof(second));
}

static void write_stack(struct state *state, const struct bpf_insn *now, enum kind kind)
{
	struct cell *unused = NULL;

	for (struct cell *cell = state->cells; cell < state->cells + CELLS; cell++) {
		if (cell->offset < now->off + 8 && now->off < cell->offset + 8)
			cell->kind = KIND_OTHER;
		if (cell->kind == KIND_OTHER)
			unused = cell;
	}
	if (kind != KIND_OTHER && unused)
		*unused = (struct cell){ now->off, kind };
}

static bool run_store(struct state *state, const struct bpf_insn *now)
{
	enum kind to = kind_of(state, now->dst_reg);
	bool is_whole = now->code == (BPF_STX | BPF_MEM | BPF_DW);

	if (BPF_MODE(now->code) != BPF_MEM)
		return false;
	if (now->dst_reg != BPF_REG_10)
		return to == KIND_RECORD || to == KIND_COUNTER;
	write_stack(state, now, is_whole ? kind_of(state, now->src_reg) : KIND_OTHER);
	return true;
}

static enum kind read_stack(const struct state *state, const struct bpf_insn *now)
{
	for (const struct cell *cell = state->cells; cell < state->cells + CELLS; cell++)
		if (cell->kind != KIND_OTHER && cell->offset == now->off &&
		    now->src_reg == BPF_REG_10 && now->code == (BPF_LDX | BPF_MEM | BPF_DW))
			return cell->kind;
	return KIND_OTHER;
}

/* Loads and calculations; a number that is added to an address leaves it in the same memory. */
static bool run_calculation(struct state *state, const struct bpf_insn *now)
{
	enum kind kind = KIND_OTHER;

	if (now->dst_reg >= REGISTERS)
		return false;
	if (BPF_CLASS(now->code) == BPF_LDX)
		kind = read_stack(state, now);
	else if (now->code == (BPF_ALU64 | BPF_MOV | BPF_X) && !now->off)
		kind = kind_of(state, now->src_reg);
	else if (now->code == (BPF_ALU64 | BPF_ADD | BPF_K))
		kind = state->registers[now->dst_reg];
	state->registers[now->dst_reg] = kind;
	return true;
}

/* What two ways to an instruction have in common. */
static void merge(struct state *to, const struct state *from)
{
	if (!to->is_reached) {
		*to = *from;
		return;
	}
	for (size_t i = 0; i < REGISTERS; i++)
		if (to->registers[i] != from->registers[i])
			to->registers[i] = KIND_OTHER;
	for (size_t i = 0; i < CELLS; i++)
		if (memcmp(&to->cells[i], &from->cells[i], sizeof(to->cells[i])) != 0)
			to->cells[i].kind = KIND_OTHER;
}

static bool run_jump(const struct walk *walk, const struct state *state, size_t at)
{
	const struct bpf_insn *now = &walk->chain->instructions[at];
	size_t target = at + 1 + (size_t)now->off;

	if (is_exit(now) || now->code == (BPF_JMP32 | BPF_JA) ||
	    now->code == (BPF_JMP | BPF_JA | BPF_X) || now->off < 0 || target > walk->trace->end ||
	    is_wide_load(&walk->chain->instructions[target - 1]))
		return false;
	merge(&walk->states[target - walk->trace->from], state);
	return true;
}

/* Runs the instruction, and passes what is known on to those that can follow. False: it may not be there. */
static bool run(const struct walk *walk, size_t at)
{
	const struct bpf_insn *now = &walk->chain->instructions[at];
	size_t next = at + (is_wide_load(now) ? 2 : 1);
	int class = BPF_CLASS(now->code);
	struct state state = walk->states[at - walk->trace->from];
	bool right;

	if (next > walk->trace->end)
		return false;
	if (class == BPF_ST || class == BPF_STX)
		right = run_store(&state, now);
	else if (is_call(now))
		right = run_call(&state, now);
	else if (class == BPF_JMP || class == BPF_JMP32)
		right = run_jump(walk, &state, at);
	else if (class == BPF_LD)
		right = is_wide_load(now) && now->dst_reg < REGISTERS &&
			run_load_map(walk->chain, &state, now);
	else
		right = run_calculation(&state, now);
	if (right && now->code != (BPF_JMP | BPF_JA))
		merge(&walk->states[next - walk->trace->from], &state);
	return right;
}

/* The instruction, which must not have a role yet, is one that traces. */
static bool claim(struct program *program, const struct walk *walk, size_t at)
{
	bool is_wide = is_wide_load(&program->instructions[at]);

	if (program->roles[at] != ROLE_NONE || !walk->states[at - walk->trace->from].is_reached ||
	    !run(walk, at))
		return false;
	program->roles[at] = ROLE_TRACE;
	if (is_wide)
		program->roles[at + 1] = ROLE_TRACE;
	return true;
}

static int claim_all(struct program *program, const struct walk *walk)
{
	size_t at = walk->trace->from;

	while (at < walk->trace->end) {
		size_t length = is_wide_load(&program->instructions[at]) ? 2 : 1;

		if (!claim(program, walk, at))
			return program_fault(program, at, "in", "a trace",
					     "does more than to trace");
		at += length;
	}
	return 0;
}

static int claim_trace(struct program *program, const struct checked_chain *chain,
		       const struct checked_trace *trace, struct error *error)
{
	cleanup(freep) struct state *states = NULL;

	if (trace->end > chain->n_instructions || trace->from >= trace->end)
		return program_fault(program, trace->from, "in", "a trace",
				     "does more than to trace");
	states = calloc(trace->end - trace->from + 1, sizeof(*states));
	if (!states)
		return error_memory(error);
	states->is_reached = true;
	return claim_all(program, &(struct walk){ chain, trace, states });
}

int trace_claim(struct program *program, const struct checked_chain *chain)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < chain->n_traces; i++)
		result = claim_trace(program, chain, &chain->traces[i], program->error);
	return result;
}

const struct checked_trace *trace_find(const struct checked_chain *chain, size_t at)
{
	for (size_t i = 0; i < chain->n_traces; i++)
		if (chain->traces[i].from == at)
			return &chain->traces[i];
	return NULL;
}

/* Only to the stack; everything else that a trace writes to belongs to its tracers. */
static bool overwrites(const struct bpf_insn *now, long offset, int size)
{
	static const int sizes[] = {
		[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8
	};
	long end = now->off + sizes[BPF_SIZE(now->code) >> 3];

	if ((BPF_CLASS(now->code) != BPF_ST && BPF_CLASS(now->code) != BPF_STX) ||
	    now->dst_reg != BPF_REG_10)
		return false;
	return (offset < end && now->off < offset + size) || now->off < -512 || end > 0;
}

bool trace_overwrites(const struct program *program, const struct checked_trace *trace, long offset,
		      int size)
{
	for (size_t at = trace->from; at < trace->end; at++)
		if (overwrites(&program->instructions[at], offset, size))
			return true;
	return false;
}
