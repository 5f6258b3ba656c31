// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/check/glue.h"

#include "daemon/linkers/check/trace.h"
#include "object/instruction.h"

#include <string.h>

/* Fields that an instruction uses; as in the kernel, all other fields must be 0. */
#define SET    1 /* a register that is written */
#define TO     3 /* a register that is read, or read and written */
#define FROM   4
#define OFFSET 8
#define IMM    16

/*
 * A kind of instruction that glue may contain; run() decides whether it is right at this point of a path.
 */
struct form {
	bool (*run)(struct path *path, const struct bpf_insn *now);
	unsigned int fields;
};

static struct value number(long number)
{
	return (struct value){ .kind = KIND_NUMBER, .number = number };
}

/*
 * r6 to r9 can only get the context, and only before the first component runs, because later code relies on
 * them.
 */
static bool set_register(struct path *path, int to, struct value value)
{
	if (value.kind == KIND_NOTHING || to == BPF_REG_10 ||
	    (to >= BPF_REG_6 && (!path->first || value.kind != KIND_CONTEXT)) ||
	    path->unread & 1u << to)
		return false;
	path->unread |= 1u << to;
	path->registers[to] = value;
	return true;
}

static bool run_calculation(struct path *path, const struct bpf_insn *now)
{
	struct value value = path->registers[now->dst_reg];
	const struct value *other = &path->registers[now->src_reg];
	bool right = true;

	switch (now->code) {
	case BPF_ALU64 | BPF_MOV | BPF_X:
		value = *other;
		break;
	case BPF_ALU64 | BPF_MOV | BPF_K:
		value = number(now->imm);
		break;
	case BPF_ALU64 | BPF_ADD | BPF_K:
		right = value.kind == KIND_STACK || (value.kind == KIND_COUNTER && now->imm == 1);
		if (value.kind == KIND_COUNTER)
			value.kind = KIND_COUNTED;
		else
			value.number += now->imm;
		break;
	case BPF_ALU64 | BPF_SUB | BPF_X:
		right = value.kind == KIND_STACK && other->kind == KIND_STACK;
		value = (struct value){ KIND_NUMBER, .number = value.number - other->number };
		value.hidden = true;
		break;
	case BPF_ALU64 | BPF_LSH | BPF_K:
		right = value.kind == KIND_NUMBER && value.number >= 0 &&
			value.number < NO_VERDICT && now->imm == 3;
		value.number *= 8;
		break;
	case BPF_ALU64 | BPF_ADD | BPF_X:
		/*
		 * Adding a number that verifiers do not know, although it is 0, makes them forget what they
		 * believe of a verdict.
		 */
		right = value.kind == KIND_VERDICT ? other->hidden && !other->number
						   : value.kind == KIND_ROW;
		right &= other->kind == KIND_NUMBER;
		value.number += other->number;
		value.hidden = false;
	}
	return right && set_register(path, now->dst_reg, value);
}

/* Once the context is on the stack, its place must not be overwritten. */
static bool write_cell(struct path *path, const struct bpf_insn *now, int size, struct value value)
{
	long offset = path->registers[now->dst_reg].number + now->off;
	struct cell *free_cell = NULL;

	if (path->registers[now->dst_reg].kind != KIND_STACK || offset < -512 || offset + size > 0)
		return false;
	for (struct cell *cell = path->cells; cell < path->cells + CELLS_MAX; cell++) {
		bool overlaps = cell->offset < offset + size && offset < cell->offset + cell->size;

		if (cell->size && overlaps && (cell->unread || cell->value.kind == KIND_CONTEXT))
			return false;
		if (overlaps)
			cell->size = 0;
		if (!cell->size)
			free_cell = cell;
	}
	if (free_cell)
		*free_cell = (struct cell){ value, offset, size, true };
	return free_cell;
}

static bool count(struct path *path, const struct value *row, long at, const struct value *counter)
{
	struct outcome *outcome = &path->outcome;

	if (counter->kind != KIND_COUNTED || counter->row != row->row || counter->number != at ||
	    at < 0 || at % 8 || outcome->n_counts == COUNTS_MAX)
		return false;
	outcome->counts[outcome->n_counts].row = row->row;
	outcome->counts[outcome->n_counts++].verdict = at / 8;
	return true;
}

/*
 * 4 bytes are a verdict, of which the kernel sees 32 bits, or a number; 8 bytes are the context, or a
 * counter.
 */
static bool run_store(struct path *path, const struct bpf_insn *now)
{
	const struct value *to = &path->registers[now->dst_reg];
	struct value value = path->registers[now->src_reg];

	if (BPF_CLASS(now->code) == BPF_ST)
		return write_cell(path, now, 4, number(now->imm));
	if (BPF_SIZE(now->code) == BPF_DW && to->kind == KIND_ROW)
		return count(path, to, to->number + now->off, &value);
	if (BPF_SIZE(now->code) == BPF_DW)
		return path->first && value.kind == KIND_CONTEXT && write_cell(path, now, 8, value);
	if (value.hidden || (value.kind != KIND_VERDICT && value.kind != KIND_NUMBER))
		return false;
	value.kind = value.kind == KIND_VERDICT && value.number == NO_VERDICT ? KIND_LARGE
									      : KIND_NUMBER;
	return write_cell(path, now, 4, value);
}

static const struct value *read_cell(struct path *path, const struct value *address, long offset,
				     int size)
{
	for (size_t i = 0; address->kind == KIND_STACK && i < CELLS_MAX; i++) {
		struct cell *cell = &path->cells[i];

		if (cell->size != size || cell->offset != address->number + offset)
			continue;
		cell->unread = false;
		return &cell->value;
	}
	return NULL;
}

static bool run_load(struct path *path, const struct bpf_insn *now)
{
	int size = BPF_SIZE(now->code) == BPF_W ? 4 : 8;
	struct value counter = path->registers[now->src_reg];
	const struct value *value = read_cell(path, &counter, now->off, size);

	if (counter.kind != KIND_ROW || size != 8)
		return value && set_register(path, now->dst_reg, *value);
	counter.kind = KIND_COUNTER;
	counter.number += now->off;
	return set_register(path, now->dst_reg, counter);
}

/*
 * The load of a map has two halves. The second one has no meaning of its own, and must be all zero.
 */
static bool run_load_map(struct path *path, const struct bpf_insn *now)
{
	static const struct bpf_insn second;
	unsigned char *role = &path->program->roles[++path->at];

	if (path->at == path->program->n_instructions || *role == ROLE_COMPONENT ||
	    now->src_reg != BPF_PSEUDO_MAP_FD || memcmp(&now[1], &second, sizeof(second)) != 0)
		return false;
	*role = ROLE_GLUE;
	return set_register(path, now->dst_reg,
			    (struct value){ .kind = KIND_MAP, .number = now->imm });
}

static bool look_up_counters(struct path *path, const struct value *map)
{
	const struct value *key = read_cell(path, &path->registers[BPF_REG_2], 0, 4);
	long n = path->outcome.n_lookups++;
	struct value row = { .kind = KIND_ROW, .row = key ? key->number : 0 };

	if (path->counters_fd < 0 || map->kind != KIND_MAP || map->number != path->counters_fd ||
	    !key || key->kind != KIND_NUMBER || n == COUNTS_MAX)
		return false;
	path->registers[BPF_REG_0] = path->found & 1u << n ? row : number(0);
	return true;
}

static bool jump_out(struct path *path)
{
	const struct value *registers = path->registers;

	path->outcome.jumped_out++;
	path->registers[BPF_REG_0].kind = KIND_NOTHING;
	return path->next && path->next->tail_fd >= 0 &&
	       registers[BPF_REG_1].kind == KIND_CONTEXT && registers[BPF_REG_2].kind == KIND_MAP &&
	       registers[BPF_REG_2].number == path->next->tail_fd &&
	       registers[BPF_REG_3].kind == KIND_NUMBER && !registers[BPF_REG_3].number;
}

bool is_fused(const struct checked_component *component)
{
	return component && component->tail_fd < 0;
}

static bool run_call(struct path *path, const struct bpf_insn *now)
{
	const struct checked_component *next = path->next;
	bool right = false;

	if (now->src_reg == BPF_PSEUDO_CALL) {
		path->outcome.ending = ENDING_NEXT;
		return is_fused(next) && !next->inlined &&
		       (long)path->at + 1 + now->imm == (long)next->main;
	}
	if (!now->src_reg && now->imm == BPF_FUNC_map_lookup_elem)
		right = look_up_counters(path, &path->registers[BPF_REG_1]);
	else if (!now->src_reg && now->imm == BPF_FUNC_tail_call)
		right = jump_out(path);
	for (int i = BPF_REG_1; i <= BPF_REG_5; i++)
		path->registers[i].kind = KIND_NOTHING;
	/* bpf_map_lookup_elem() reads r1 and r2, bpf_tail_call() reads r1 to r3 */
	path->unread &= now->imm == BPF_FUNC_tail_call ? ~0x0eu : ~0x06u;
	return right && !(path->unread & 0x3f);
}

static bool run_jump(struct path *path, const struct bpf_insn *now)
{
	path->at += now->off;
	return true;
}

static bool run_exit(struct path *path, const struct bpf_insn *now)
{
	(void)now;
	path->outcome.ending = ENDING_EXIT;
	path->outcome.verdict = path->registers[BPF_REG_0].number;
	path->unread &= ~(1u << BPF_REG_0);
	return path->registers[BPF_REG_0].kind == KIND_NUMBER;
}

/*
 * A 32-bit comparison sees a verdict as the kernel does, which ignores the upper half of what a program
 * returns.
 */
static bool run_branch(struct path *path, const struct bpf_insn *now)
{
	const struct value *value = &path->registers[now->dst_reg];
	bool narrow = BPF_CLASS(now->code) == BPF_JMP32;
	long left = value->kind == KIND_LARGE ? NO_VERDICT : value->number;
	bool holds = BPF_OP(now->code) == BPF_JEQ   ? left == now->imm
		     : BPF_OP(now->code) == BPF_JNE ? left != now->imm
		     : BPF_OP(now->code) == BPF_JGT ? left > now->imm
						    : left <= now->imm;

	if (value->kind == KIND_ROW && !narrow && BPF_OP(now->code) == BPF_JEQ && !now->imm)
		return true; /* the address of a row is never 0 */
	if (value->kind == KIND_VERDICT ? !narrow || value->hidden
					: value->kind != KIND_NUMBER && value->kind != KIND_LARGE)
		return false;
	if (left < 0 || left > NO_VERDICT || now->imm < 0 || now->imm >= VERDICT_COUNT)
		return false;
	return !holds || run_jump(path, now);
}

static const struct form forms[256] = {
	[BPF_ALU64 | BPF_MOV | BPF_X] = { run_calculation, SET | FROM },
	[BPF_ALU64 | BPF_MOV | BPF_K] = { run_calculation, SET | IMM },
	[BPF_ALU64 | BPF_ADD | BPF_K] = { run_calculation, TO | IMM },
	[BPF_ALU64 | BPF_ADD | BPF_X] = { run_calculation, TO | FROM },
	[BPF_ALU64 | BPF_SUB | BPF_X] = { run_calculation, TO | FROM },
	[BPF_ALU64 | BPF_LSH | BPF_K] = { run_calculation, TO | IMM },
	[BPF_ST | BPF_MEM | BPF_W] = { run_store, TO | OFFSET | IMM },
	[BPF_STX | BPF_MEM | BPF_W] = { run_store, TO | FROM | OFFSET },
	[BPF_STX | BPF_MEM | BPF_DW] = { run_store, TO | FROM | OFFSET },
	[BPF_LDX | BPF_MEM | BPF_W] = { run_load, SET | FROM | OFFSET },
	[BPF_LDX | BPF_MEM | BPF_DW] = { run_load, SET | FROM | OFFSET },
	[BPF_LD | BPF_IMM | BPF_DW] = { run_load_map, SET | FROM | IMM },
	[BPF_JMP | BPF_CALL] = { run_call, FROM | IMM },
	[BPF_JMP | BPF_EXIT] = { run_exit, 0 },
	[BPF_JMP | BPF_JA] = { run_jump, OFFSET },
	[BPF_JMP | BPF_JEQ | BPF_K] = { run_branch, TO | OFFSET | IMM },
	[BPF_JMP | BPF_JLE | BPF_K] = { run_branch, TO | OFFSET | IMM },
	[BPF_JMP32 | BPF_JEQ | BPF_K] = { run_branch, TO | OFFSET | IMM },
	[BPF_JMP32 | BPF_JNE | BPF_K] = { run_branch, TO | OFFSET | IMM },
	[BPF_JMP32 | BPF_JGT | BPF_K] = { run_branch, TO | OFFSET | IMM },
	[BPF_JMP32 | BPF_JLE | BPF_K] = { run_branch, TO | OFFSET | IMM },
};

bool is_glue(const struct bpf_insn *instruction)
{
	const struct form *form = &forms[instruction->code];
	unsigned int fields = (instruction->dst_reg ? SET : 0) | (instruction->src_reg ? FROM : 0) |
			      (instruction->off ? OFFSET : 0) | (instruction->imm ? IMM : 0);

	return form->run && instruction->dst_reg < MAX_BPF_REG &&
	       instruction->src_reg < MAX_BPF_REG && !(fields & ~form->fields);
}

/* Executes the next instruction of the path. Returns NULL, or what is wrong with it. */
static const char *step(struct path *path)
{
	const struct bpf_insn *now = &path->program->instructions[path->at];
	const struct form *form = &forms[now->code];

	path->program->roles[path->at] = ROLE_GLUE;
	if ((form->fields & TO) == TO)
		path->unread &= ~(1u << now->dst_reg);
	if (form->fields & FROM)
		path->unread &= ~(1u << now->src_reg);
	if (!is_glue(now) || !form->run(path, now))
		return "does something that the chain does not ask for";
	path->at += path->outcome.ending == ENDING_NONE;
	return NULL;
}

/* Does the trace write to a place on the stack that the chain uses? */
static bool overwrites(const struct path *path, const struct checked_trace *trace)
{
	bool found = trace_overwrites(path->program, trace, 0, 0);

	for (const struct cell *cell = path->cells; cell < path->cells + CELLS_MAX; cell++)
		found |= cell->size &&
			 trace_overwrites(path->program, trace, cell->offset, cell->size);
	return found;
}

/*
 * Moves the path past the trace at whose first instruction it is. Afterwards nothing is known of r0 to r5.
 * Returns NULL, or what is wrong.
 */
static const char *pass_trace(struct path *path)
{
	const struct checked_trace *trace = trace_find(path->chain, path->at);

	if (!trace)
		return "is reached in the middle of a trace";
	if (overwrites(path, trace))
		return "overwrites what the chain needs";
	for (int i = BPF_REG_0; i <= BPF_REG_5; i++)
		path->registers[i].kind = KIND_NOTHING;
	for (size_t i = 0; i < CELLS_MAX; i++)
		path->cells[i].unread = false;
	path->unread &= ~0x3fu;
	path->at = trace->end;
	return NULL;
}

const char *path_follow(struct path *path)
{
	const struct checked_component *next = path->next;
	const char *wrong = NULL;

	/* Paths have no loops, and are shorter than this. */
	for (int steps = 0; !wrong && steps < 128; steps++) {
		if (is_fused(next) && next->inlined && path->at == next->main)
			path->outcome.ending = ENDING_NEXT;
		if (path->outcome.ending != ENDING_NONE)
			return NULL;
		if (path->at >= path->program->n_instructions ||
		    path->program->roles[path->at] == ROLE_COMPONENT)
			return "is reached from between components";
		wrong = path->program->roles[path->at] == ROLE_TRACE ? pass_trace(path)
								     : step(path);
	}
	return wrong ?: "is part of a loop between components";
}
