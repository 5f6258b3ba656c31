/*
 * A chain: the instructions of its components are found again, and what is between them is followed from
 * each exit of each component, for each verdict, to the next component or out of the program.
 */
#include "base/cleanup.h"
#include "daemon/linkers/check/moved-code.h"
#include "object/instruction.h"

#include <string.h>

/*
 * Instructions are followed with what registers and the stack mean rather than with their values. All that
 * is no verdict is followed as one, for no comparison that is understood here can tell two of them apart.
 */
#define NO_VERDICT VERDICT_COUNT

enum kind {
	KIND_NOTHING, /* unknown, or left by a component */
	KIND_CONTEXT, /* what the program was called with */
	KIND_STACK,   /* an address `number` bytes from the frame's upper end */
	KIND_NUMBER,
	KIND_VERDICT, /* what the component returned, with any upper half; `number` is the verdict */
	KIND_LARGE,   /* the same for NO_VERDICT, with the upper half 0 */
	KIND_MAP,     /* `number` is its descriptor */
	KIND_ROW,     /* an address `number` bytes into row `row` of the counters */
	KIND_COUNTER, /* what was there */
	KIND_COUNTED, /* the same plus 1 */
};

struct value {
	enum kind kind;
	/* A number that verifiers do not know; a verdict that some believe to be a constant. */
	bool hidden;
	long row;
	long number;
};

/* A value on the stack. */
struct cell {
	struct value value;
	long offset; /* from the frame's upper end */
	int size;    /* 0: there is none */
};

#define CELLS_MAX 4
/* A limit of a component, and where the packet leaves. */
#define COUNTS_MAX 2

enum ending {
	ENDING_NONE,
	ENDING_NEXT, /* the next component runs */
	ENDING_EXIT, /* the program returned `verdict` */
};

/* What became of a packet, or must. */
struct outcome {
	long ending;
	long verdict;
	long jumped_out; /* by the tail call that is the next component; it fails, or never returns */
	long n_lookups; /* of counters */
	long n_counts;
	struct {
		long row;
		long verdict;
	} counts[COUNTS_MAX];
};

struct path {
	struct program *program;
	int counters_fd;
	const struct checked_component *next; /* whose turn it is after this; NULL: none */
	bool first;	    /* no component has run: the context can be put somewhere */
	unsigned int found; /* bit N: the Nth lookup of counters finds its row */
	size_t at;
	struct value registers[MAX_BPF_REG];
	struct cell cells[CELLS_MAX];
	struct outcome outcome;
};

/* Fields that an instruction has; as for the kernel, all others must be 0. */
#define TO     1
#define FROM   2
#define OFFSET 4
#define IMM    8

/* An instruction that glue can have; run() says whether it means something here. */
struct form {
	bool (*run)(struct path *path, const struct bpf_insn *now);
	unsigned int fields;
};

static struct value number(long number)
{
	return (struct value){ .kind = KIND_NUMBER, .number = number };
}

/* Components rely on r6 to r9: they get the context before the first one runs, and stay. */
static bool set_register(struct path *path, int to, struct value value)
{
	if (value.kind == KIND_NOTHING || to == BPF_REG_10 ||
	    (to >= BPF_REG_6 && (!path->first || value.kind != KIND_CONTEXT)))
		return false;
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
		/* Verifiers believe nothing of a sum with what they do not know, though it is 0. */
		right = value.kind == KIND_VERDICT ? other->hidden && !other->number
						   : value.kind == KIND_ROW;
		right &= other->kind == KIND_NUMBER;
		value.number += other->number;
		value.hidden = false;
	}
	return right && set_register(path, now->dst_reg, value);
}

/* The place is kept for others as soon as the context is in it. */
static bool write_cell(struct path *path, const struct bpf_insn *now, int size, struct value value)
{
	long offset = path->registers[now->dst_reg].number + now->off;
	struct cell *free_cell = NULL;

	if (path->registers[now->dst_reg].kind != KIND_STACK || offset < -512 || offset + size > 0)
		return false;
	for (struct cell *cell = path->cells; cell < path->cells + CELLS_MAX; cell++) {
		bool overlaps = cell->offset < offset + size && offset < cell->offset + cell->size;

		if (cell->size && overlaps && cell->value.kind == KIND_CONTEXT)
			return false;
		if (overlaps)
			cell->size = 0;
		if (!cell->size)
			free_cell = cell;
	}
	if (free_cell)
		*free_cell = (struct cell){ value, offset, size };
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

/* 4 bytes have what the kernel sees of a verdict, or a number; 8 the context, or a counter. */
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

static const struct value *read_cell(const struct path *path, const struct value *address,
				     long offset, int size)
{
	for (size_t i = 0; address->kind == KIND_STACK && i < CELLS_MAX; i++)
		if (path->cells[i].size == size &&
		    path->cells[i].offset == address->number + offset)
			return &path->cells[i].value;
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

/* Its second half, which nothing else can be, has a map's number only. */
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

static bool is_fused(const struct checked_component *component)
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
	return right;
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
	return path->registers[BPF_REG_0].kind == KIND_NUMBER;
}

/* For 32 bits that is also how it is for the kernel, which ignores the upper half of what is returned. */
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
		return true; /* no address is 0 */
	if (value->kind == KIND_VERDICT ? !narrow || value->hidden
					: value->kind != KIND_NUMBER && value->kind != KIND_LARGE)
		return false;
	if (left < 0 || left > NO_VERDICT || now->imm < 0 || now->imm >= VERDICT_COUNT)
		return false;
	return !holds || run_jump(path, now);
}

static const struct form forms[256] = {
	[BPF_ALU64 | BPF_MOV | BPF_X] = { run_calculation, TO | FROM },
	[BPF_ALU64 | BPF_MOV | BPF_K] = { run_calculation, TO | IMM },
	[BPF_ALU64 | BPF_ADD | BPF_K] = { run_calculation, TO | IMM },
	[BPF_ALU64 | BPF_ADD | BPF_X] = { run_calculation, TO | FROM },
	[BPF_ALU64 | BPF_SUB | BPF_X] = { run_calculation, TO | FROM },
	[BPF_ALU64 | BPF_LSH | BPF_K] = { run_calculation, TO | IMM },
	[BPF_ST | BPF_MEM | BPF_W] = { run_store, TO | OFFSET | IMM },
	[BPF_STX | BPF_MEM | BPF_W] = { run_store, TO | FROM | OFFSET },
	[BPF_STX | BPF_MEM | BPF_DW] = { run_store, TO | FROM | OFFSET },
	[BPF_LDX | BPF_MEM | BPF_W] = { run_load, TO | FROM | OFFSET },
	[BPF_LDX | BPF_MEM | BPF_DW] = { run_load, TO | FROM | OFFSET },
	[BPF_LD | BPF_IMM | BPF_DW] = { run_load_map, TO | FROM | IMM },
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

/* NULL: glue does not have such instructions. */
static const struct form *find_form(const struct bpf_insn *now)
{
	const struct form *form = &forms[now->code];
	bool fits = form->run && now->dst_reg < MAX_BPF_REG && now->src_reg < MAX_BPF_REG &&
		    (form->fields & TO || !now->dst_reg) &&
		    (form->fields & FROM || !now->src_reg) &&
		    (form->fields & OFFSET || !now->off) && (form->fields & IMM || !now->imm);

	return fits ? form : NULL;
}

/* Has the path come to something that is not glue? */
static bool is_elsewhere(const struct path *path)
{
	return path->at >= path->program->n_instructions ||
	       path->program->roles[path->at] == ROLE_COMPONENT;
}

static bool begins_next(const struct path *path)
{
	return is_fused(path->next) && path->next->inlined && path->at == path->next->main;
}

/* Follows it to its ending; NULL, or what is wrong with the instruction at `path->at`. */
static const char *follow(struct path *path)
{
	/* Paths have no loops, and are shorter than this. */
	for (int steps = 0; steps < 128; steps++) {
		const struct bpf_insn *now = &path->program->instructions[path->at];
		const struct form *form;

		if (begins_next(path))
			path->outcome.ending = ENDING_NEXT;
		if (path->outcome.ending != ENDING_NONE)
			return NULL;
		if (is_elsewhere(path))
			return "is reached from between components";
		path->program->roles[path->at] = ROLE_GLUE;
		form = find_form(now);
		if (!form || !form->run(path, now))
			return "does something that the chain does not ask for";
		path->at += path->outcome.ending == ENDING_NONE;
	}
	return "is part of a loop between components";
}

struct member {
	const struct checked_component *component;
	struct moved_code moved;
	size_t main_length; /* instructions before its other functions */
	bool makes_tail_calls;
	size_t call; /* called: where; CHECK_LEFT_OUT: not known yet */
};

struct chain_check {
	const struct checked_chain *chain;
	struct program program;
	struct member *members; /* one a component */
	/* How the next component is left, but for what it returns: where the context is. */
	struct path left;
};

static bool proceeds(const struct checked_component *component, unsigned int verdict)
{
	return verdict < NO_VERDICT &&
	       component->proceed & ~component->forbidden & VERDICT_BIT(verdict);
}

/* "return CONSTANT", and nothing jumps to where it returns. */
static bool returns_constant(const struct member *member, size_t exit, unsigned int *ret_verdict)
{
	const struct bpf_insn *before = &member->moved.code->instructions[exit] - 1;

	if (!exit || member->moved.targets[exit] || !is_constant_result(before))
		return false;
	*ret_verdict = (__u32)before->imm < NO_VERDICT ? (__u32)before->imm : NO_VERDICT;
	return true;
}

/* A constant that makes the next component run need not be set. */
static bool is_left_out(const struct member *member, size_t i)
{
	unsigned int verdict;

	return i + 1 < member->main_length && is_exit(&member->moved.code->instructions[i + 1]) &&
	       returns_constant(member, i + 1, &verdict) && proceeds(member->component, verdict);
}

/* Is what follows reached only by jumps and calls? */
static bool ends_code(const struct bpf_insn *instruction)
{
	return is_exit(instruction) || instruction->code == (BPF_JMP | BPF_JA) ||
	       instruction->code == (BPF_JMP32 | BPF_JA);
}

static void study(struct member *member)
{
	const struct checked_code *code = member->moved.code;

	member->main_length = code->n_instructions;
	member->call = CHECK_LEFT_OUT;
	for (size_t i = 0; i < code->n_instructions; i++) {
		const struct bpf_insn *now = &code->instructions[i];
		long target = (long)i + 1 + reach(now);

		member->makes_tail_calls |= is_tail_call(now);
		if ((!is_jump(now) && !names_function(now)) || target <= 0 ||
		    target >= (long)code->n_instructions)
			continue;
		member->moved.targets[target] = true;
		if (names_function(now) && target < (long)member->main_length)
			member->main_length = target;
	}
}

/* Exits are glue. The last one is not there if what it would jump to follows. */
static int claim_inlined(struct chain_check *check, struct member *member)
{
	const struct bpf_insn *instructions = member->moved.code->instructions;
	const struct range main = { 0, member->main_length };
	const struct range rest = { main.end, member->moved.code->n_instructions };
	size_t now = member->component->main;
	int result = 0;

	if (member->makes_tail_calls || !ends_code(&instructions[main.end - 1]))
		return program_fault(&check->program, now, "in", member->moved.code->name,
				     "is inlined, and the component may not return");
	for (size_t i = 0; i < main.end; i++) {
		member->moved.positions[i] = now;
		now += !is_left_out(member, i);
	}
	moved_code_put(&member->moved, rest, member->component->rest);
	for (size_t i = 0; result == 0 && i < main.end; i++)
		if (!is_exit(&instructions[i]) && !is_left_out(member, i))
			result = moved_code_claim(&check->program, &member->moved,
						  (struct range){ i, i + 1 }, main, rest);
	return result ?: moved_code_claim(&check->program, &member->moved, rest, rest, rest);
}

static int claim_member(struct chain_check *check, struct member *member)
{
	const struct checked_code *code = &member->component->code;
	const struct range all = { 0, code->n_instructions };
	int result = moved_code_init(code, check->program.error, &member->moved);

	if (result < 0)
		return result;
	if (!all.end || !ends_code(&code->instructions[all.end - 1]))
		return program_fault(&check->program, member->component->main, "in", code->name,
				     "is the component's, which has no end");
	study(member);
	if (member->component->inlined)
		return claim_inlined(check, member);
	moved_code_put(&member->moved, all, member->component->main);
	return moved_code_claim(&check->program, &member->moved, all, all, all);
}

/* Does it run without the context? It is followed as far as there is one way only. */
static bool ignores_context(const struct member *member)
{
	for (size_t i = 0; i < member->main_length; i++) {
		const struct bpf_insn *now = &member->moved.code->instructions[i];
		int class = BPF_CLASS(now->code);
		bool calculates = class == BPF_ALU || class == BPF_ALU64;
		bool reads = class == BPF_LDX || class == BPF_STX ||
			     (calculates && BPF_SRC(now->code) == BPF_X);

		if (is_exit(now))
			return true;
		if (class == BPF_JMP || class == BPF_JMP32 || (reads && now->src_reg == BPF_REG_1))
			return false;
		if (now->dst_reg == BPF_REG_1)
			return class == BPF_LDX || is_wide_load(now) ||
			       (calculates && BPF_OP(now->code) == BPF_MOV);
		i += is_wide_load(now);
	}
	return false;
}

/* The context is lost where an inlined component may have written. */
static void lose_context(struct path *left, const struct member *member)
{
	long lowest = -(long)member->component->stack;

	for (size_t i = 0; i < member->main_length; i++) {
		const struct bpf_insn *now = &member->moved.code->instructions[i];
		int class = BPF_CLASS(now->code);

		if (now->dst_reg != BPF_REG_10)
			left->registers[now->dst_reg].kind = KIND_NOTHING;
		else if ((class == BPF_ST || class == BPF_STX) && now->off < lowest)
			lowest = now->off;
		if (class == BPF_STX && BPF_MODE(now->code) == BPF_ATOMIC)
			left->registers[now->src_reg].kind = KIND_NOTHING;
	}
	for (size_t i = 0; i < CELLS_MAX; i++)
		if (left->cells[i].offset + left->cells[i].size > lowest)
			left->cells[i].size = 0;
}

static void add_count(const struct path *path, struct outcome *outcome, size_t row, long verdict)
{
	if (path->counters_fd < 0 || !(path->found & 1u << outcome->n_lookups++))
		return;
	outcome->counts[outcome->n_counts].row = row;
	outcome->counts[outcome->n_counts++].verdict = verdict;
}

/* What must become of a packet for which component `number` is the next. */
static void reach_component(const struct chain_check *check, const struct path *path, size_t number,
			    struct outcome *outcome)
{
	bool at_end = number == check->chain->n_components;

	if (!at_end && is_fused(path->next)) {
		outcome->ending = ENDING_NEXT;
		return;
	}
	if (number > 0 || !at_end) /* an empty chain does not count */
		add_count(path, outcome, number, at_end ? VERDICT_PASS : VERDICT_ABORTED);
	outcome->jumped_out = !at_end;
	outcome->ending = ENDING_EXIT;
	outcome->verdict = at_end ? VERDICT_PASS : VERDICT_ABORTED;
}

/* What must become of it when component `number` returns this. */
static void leave_component(const struct chain_check *check, const struct path *path, size_t number,
			    unsigned int verdict, struct outcome *outcome)
{
	const struct checked_component *component = &check->chain->components[number];

	if (component->forbidden &&
	    (verdict == NO_VERDICT || component->forbidden & VERDICT_BIT(verdict))) {
		add_count(path, outcome, component->overruled_row, VERDICT_ABORTED);
		verdict = VERDICT_ABORTED;
	}
	if (proceeds(component, verdict)) {
		reach_component(check, path, number + 1, outcome);
		return;
	}
	outcome->ending = ENDING_EXIT;
	outcome->verdict = verdict == NO_VERDICT ? (unsigned int)VERDICT_ABORTED : verdict;
	add_count(path, outcome, number, outcome->verdict);
}

/* Does the path end where it must? NULL, or what is wrong. */
static const char *judge(struct chain_check *check, const struct path *path,
			 const struct outcome *wanted)
{
	struct member *next;

	if (memcmp(&path->outcome, wanted, sizeof(*wanted)) != 0)
		return "is reached by packets that must go elsewhere, or be counted otherwise";
	if (wanted->ending != ENDING_NEXT)
		return NULL;
	next = &check->members[path->next - check->chain->components];
	if (path->registers[BPF_REG_1].kind != KIND_CONTEXT &&
	    (!next->component->inlined || !ignores_context(next)))
		return "runs a component without the context";
	if (next->component->inlined)
		return NULL;
	if (next->call != CHECK_LEFT_OUT && next->call != path->at)
		return "calls a component that is called elsewhere, too";
	next->call = path->at;
	return NULL;
}

/* The way of a packet that component `number` is done with, or, at `first`, no component has had. */
static int prove(struct chain_check *check, const struct path *start, size_t number,
		 unsigned int verdict, struct path *ret)
{
	const struct checked_chain *chain = check->chain;
	unsigned int missing = 0;
	struct path path;

	do {
		struct outcome wanted = {};
		const char *wrong;

		path = *start;
		path.found = ~missing;
		if (start->first)
			reach_component(check, &path, 0, &wanted);
		else
			leave_component(check, &path, number, verdict, &wanted);
		wrong = follow(&path) ?: judge(check, &path, &wanted);
		if (wrong)
			return program_fault(
				&check->program, path.at, start->first ? "before" : "after",
				chain->n_components ? chain->components[number].code.name : "",
				wrong);
		if (ret && !missing)
			*ret = path;
	} while (++missing < 1u << path.outcome.n_lookups);
	return 0;
}

/* Each verdict leads to what is asked for; `only` is the one that it can be, NULL: it can be any. */
static int prove_exit(struct chain_check *check, size_t number, size_t at, const unsigned int *only,
		      bool unset)
{
	const struct checked_chain *chain = check->chain;
	struct path path = check->left;
	int result = 0;

	path.at = at;
	path.next = number + 1 < chain->n_components ? &chain->components[number + 1] : NULL;
	for (unsigned int verdict = 0; result == 0 && verdict <= NO_VERDICT; verdict++) {
		path.registers[BPF_REG_0] = (struct value){
			.kind = unset ? KIND_NOTHING : KIND_VERDICT,
			.hidden = check->members[number].makes_tail_calls,
			.number = verdict,
		};
		if (!only || *only == verdict)
			result = prove(check, &path, number, verdict, NULL);
	}
	return result;
}

static int prove_exits(struct chain_check *check, size_t number)
{
	struct member *member = &check->members[number];
	int result = 0;

	if (!member->component->inlined && member->call == CHECK_LEFT_OUT)
		return 0; /* no packet comes to it */
	if (!member->component->inlined)
		return prove_exit(check, number, member->call + 1, NULL, false);
	lose_context(&check->left, member);
	for (size_t i = 0; result == 0 && i < member->main_length; i++) {
		size_t now = member->moved.positions[i];
		unsigned int verdict;

		if (!is_exit(&member->moved.code->instructions[i]))
			continue;
		if (returns_constant(member, i, &verdict))
			result = prove_exit(check, number, now, &verdict,
					    is_left_out(member, i - 1));
		else
			result = prove_exit(check, number, now, NULL, false);
	}
	return result;
}

/* The way to the first component, which may put the context where others find it. */
static int prove_beginning(struct chain_check *check)
{
	struct path path = {
		.program = &check->program,
		.counters_fd = check->chain->counters_fd,
		.next = check->chain->n_components ? check->chain->components : NULL,
		.first = true,
		.registers = { [BPF_REG_1] = { .kind = KIND_CONTEXT },
			       [BPF_REG_10] = { .kind = KIND_STACK } },
	};
	int result = prove(check, &path, 0, 0, &check->left);

	for (int i = BPF_REG_0; i <= BPF_REG_5; i++)
		check->left.registers[i].kind = KIND_NOTHING;
	check->left.outcome = (struct outcome){};
	check->left.first = false;
	return result;
}

/* What no packet comes to can do nothing, and must look like glue: verifiers want a way to everything. */
static int check_complete(const struct program *program, const char *name)
{
	for (size_t i = 0; i < program->n_instructions; i++)
		if (!program->roles[i] && !find_form(&program->instructions[i]) &&
		    (!i || !is_wide_load(&program->instructions[i - 1])))
			return program_fault(program, i, "in the chain of", name,
					     "belongs to no component, test or counter");
	return 0;
}

static int check_members(struct chain_check *check)
{
	const struct checked_chain *chain = check->chain;
	int result = 0;

	for (size_t i = 0; result == 0 && i < chain->n_components; i++) {
		check->members[i].component = &chain->components[i];
		if (is_fused(&chain->components[i]))
			result = claim_member(check, &check->members[i]);
	}
	result = result ?: prove_beginning(check);
	for (size_t i = 0; result == 0 && i < chain->n_components; i++)
		if (is_fused(&chain->components[i]))
			result = prove_exits(check, i);
	return result
		       ?: check_complete(&check->program,
					 chain->n_components ? chain->components[0].code.name : "");
}

int check_chain(const struct checked_chain *chain, struct error *error)
{
	struct chain_check check = { .chain = chain };
	int result = program_init(chain->instructions, chain->n_instructions, error,
				  &check.program);

	check.program.modules = chain->modules;
	check.program.n_modules = chain->n_modules;
	check.members = calloc(chain->n_components + 1, sizeof(*check.members));
	if (!check.members)
		result = error_memory(error);
	result = result ?: check_members(&check);
	for (size_t i = 0; check.members && i < chain->n_components; i++)
		moved_code_done(&check.members[i].moved);
	free(check.members);
	free(check.program.roles);
	return result;
}
