// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One interpreter in one file, so that it shares nothing with the checker that it judges: it runs what is between
 * components, instruction by instruction, with real numbers.
 */
#include "tests/differential/glue-oracle.h"

#include "object/instruction.h"

#include <string.h>

/* Addresses and other values, far from each other and from everything that is added to them. */
#define CONTEXT	  0xc0de000000000008ull
#define STACK_TOP 0x5000000000001000ull
#define ROWS	  0x7000000000000000ull
#define MAPS	  0x6000000000000000ull
#define RUBBISH	  0x9e3779b97f4a7c15ull

#define ROWS_MAX   70
#define ROW_SIZE   40
#define STACK_SIZE 512
#define EVENTS_MAX 4

struct effects {
	/* 0: the program did something wrong; 1: the next component runs; 2: the program ended */
	int ending;
	uint32_t verdict;
	int tail_calls;
	size_t n_counts;
	struct {
		size_t row;
		size_t verdict;
	} counts[EVENTS_MAX];
};

struct machine {
	const struct oracle *oracle;
	size_t next;	      /* the component that comes next */
	unsigned int missing; /* bit N: the Nth lookup finds no row */
	unsigned int lookups;
	uint64_t registers[16];
	unsigned char stack[STACK_SIZE];
	size_t at;
	struct effects effects;
};

/* The value of a counter before the program runs; all of them differ. */
static uint64_t counter_at(uint64_t address)
{
	return (address - ROWS) * RUBBISH;
}

static bool on_stack(uint64_t address, size_t size)
{
	return address >= STACK_TOP - STACK_SIZE && address <= STACK_TOP - size;
}

static bool in_rows(uint64_t address)
{
	return address >= ROWS && address < ROWS + ROWS_MAX * ROW_SIZE && (address - ROWS) % 8 == 0;
}

static bool load_memory(struct machine *machine, uint64_t address, size_t size, uint64_t *ret)
{
	*ret = 0;
	if (on_stack(address, size))
		memcpy(ret, &machine->stack[address - (STACK_TOP - STACK_SIZE)], size);
	else if (size == 8 && in_rows(address))
		*ret = counter_at(address);
	else
		return false;
	return true;
}

static bool store_memory(struct machine *machine, uint64_t address, size_t size, uint64_t value)
{
	struct effects *effects = &machine->effects;

	if (on_stack(address, size)) {
		memcpy(&machine->stack[address - (STACK_TOP - STACK_SIZE)], &value, size);
		return true;
	}
	if (size != 8 || !in_rows(address) || effects->n_counts == EVENTS_MAX ||
	    value != counter_at(address) + 1)
		return false;
	effects->counts[effects->n_counts].row = (address - ROWS) / ROW_SIZE;
	effects->counts[effects->n_counts++].verdict = (address - ROWS) % ROW_SIZE / 8;
	return true;
}

static size_t size_of(const struct bpf_insn *now)
{
	switch (BPF_SIZE(now->code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	}
	return 8;
}

static const struct oracle_component *next_component(const struct machine *machine)
{
	return machine->next < machine->oracle->n_components
		       ? &machine->oracle->components[machine->next]
		       : NULL;
}

static bool call(struct machine *machine, const struct bpf_insn *now)
{
	const struct oracle_component *next = next_component(machine);
	uint64_t *registers = machine->registers;
	uint64_t key;

	if (now->src_reg == BPF_PSEUDO_CALL) {
		machine->effects.ending = 1;
		return next && !next->component.inlined && next->component.tail_fd < 0 &&
		       (long)machine->at + 1 + now->imm == (long)next->component.main;
	}
	if (now->src_reg)
		return false;
	if (now->imm == BPF_FUNC_tail_call) {
		machine->effects.tail_calls++;
		if (!next || next->component.tail_fd < 0 || registers[1] != CONTEXT ||
		    registers[2] != MAPS + (uint64_t)next->component.tail_fd ||
		    (uint32_t)registers[3])
			return false;
		registers[0] = RUBBISH;
	} else if (now->imm == BPF_FUNC_map_lookup_elem) {
		if (registers[1] != MAPS + (uint64_t)machine->oracle->counters_fd ||
		    !on_stack(registers[2], 4) || !load_memory(machine, registers[2], 4, &key))
			return false;
		registers[0] = key < ROWS_MAX && !(machine->missing >> machine->lookups & 1)
				       ? ROWS + key * ROW_SIZE
				       : 0;
		machine->lookups += machine->lookups < 31;
	} else {
		return false;
	}
	for (int i = 1; i <= 5; i++)
		registers[i] = RUBBISH * (machine->at + 2 + i);
	return true;
}

static bool calculate_one(int operation, bool wide, uint64_t left, uint64_t right, uint64_t *ret)
{
	unsigned int bits = wide ? 63 : 31;

	if (!wide) {
		left = (uint32_t)left;
		right = (uint32_t)right;
	}
	switch (operation) {
	case BPF_ADD:
		left += right;
		break;
	case BPF_SUB:
		left -= right;
		break;
	case BPF_MUL:
		left *= right;
		break;
	case BPF_OR:
		left |= right;
		break;
	case BPF_AND:
		left &= right;
		break;
	case BPF_XOR:
		left ^= right;
		break;
	case BPF_LSH:
		left <<= right & bits;
		break;
	case BPF_RSH:
		left >>= right & bits;
		break;
	case BPF_ARSH:
		left = wide ? (uint64_t)((int64_t)left >> (right & bits))
			    : (uint64_t)((int32_t)left >> (right & bits));
		break;
	case BPF_DIV:
		left = right ? left / right : 0;
		break;
	case BPF_MOD:
		left = right ? left % right : left;
		break;
	case BPF_MOV:
		left = right;
		break;
	case BPF_NEG:
		left = -left;
		break;
	default:
		return false;
	}
	*ret = wide ? left : (uint32_t)left;
	return true;
}

static bool is_true(int condition, bool wide, uint64_t left, uint64_t right, bool *ret)
{
	int64_t signed_left = wide ? (int64_t)left : (int32_t)left;
	int64_t signed_right = wide ? (int64_t)right : (int32_t)right;

	if (!wide) {
		left = (uint32_t)left;
		right = (uint32_t)right;
	}
	switch (condition) {
	case BPF_JEQ:
		*ret = left == right;
		return true;
	case BPF_JNE:
		*ret = left != right;
		return true;
	case BPF_JGT:
		*ret = left > right;
		return true;
	case BPF_JGE:
		*ret = left >= right;
		return true;
	case BPF_JLT:
		*ret = left < right;
		return true;
	case BPF_JLE:
		*ret = left <= right;
		return true;
	case BPF_JSET:
		*ret = left & right;
		return true;
	case BPF_JSGT:
		*ret = signed_left > signed_right;
		return true;
	case BPF_JSGE:
		*ret = signed_left >= signed_right;
		return true;
	case BPF_JSLT:
		*ret = signed_left < signed_right;
		return true;
	case BPF_JSLE:
		*ret = signed_left <= signed_right;
		return true;
	}
	return false;
}

static bool jump_on(struct machine *machine, const struct bpf_insn *now, uint64_t right)
{
	bool holds = false;

	if (now->code == (BPF_JMP | BPF_JA))
		machine->at += now->off;
	else if (now->code == (BPF_JMP32 | BPF_JA))
		machine->at += now->imm;
	else if (!is_true(BPF_OP(now->code), BPF_CLASS(now->code) == BPF_JMP,
			  machine->registers[now->dst_reg], right, &holds))
		return false;
	if (holds)
		machine->at += now->off;
	return true;
}

/* Executes one instruction; false if the instruction is unknown, or should not occur. */
static bool step(struct machine *machine)
{
	const struct bpf_insn *now = &machine->oracle->instructions[machine->at];
	uint64_t *to = &machine->registers[now->dst_reg];
	uint64_t from = machine->registers[now->src_reg];
	uint64_t right = BPF_SRC(now->code) == BPF_X ? from : (uint64_t)(int64_t)now->imm;
	int class = BPF_CLASS(now->code);

	if (now->dst_reg > BPF_REG_10 || now->src_reg > BPF_REG_10)
		return false;
	switch (class) {
	case BPF_ALU:
	case BPF_ALU64:
		return !now->off && now->dst_reg != BPF_REG_10 &&
		       calculate_one(BPF_OP(now->code), class == BPF_ALU64, *to, right, to);
	case BPF_LDX:
		return BPF_MODE(now->code) == BPF_MEM && now->dst_reg != BPF_REG_10 &&
		       load_memory(machine, from + (int64_t)now->off, size_of(now), to);
	case BPF_STX:
	case BPF_ST:
		return BPF_MODE(now->code) == BPF_MEM &&
		       store_memory(machine, *to + (int64_t)now->off, size_of(now),
				    class == BPF_STX ? from : (uint64_t)(int64_t)now->imm);
	case BPF_LD:
		if (!is_wide_load(now) || machine->at + 1 == machine->oracle->n_instructions ||
		    (now->src_reg != BPF_PSEUDO_MAP_FD && now->src_reg))
			return false;
		*to = now->src_reg ? MAPS + (uint64_t)(int64_t)now->imm
				   : ((uint64_t)(uint32_t)now[1].imm << 32 | (uint32_t)now->imm);
		machine->at++;
		return !now[1].code && (!now->src_reg || !now[1].imm);
	}
	if (is_call(now))
		return call(machine, now);
	if (is_exit(now)) {
		machine->effects.ending = 2;
		machine->effects.verdict = machine->registers[0];
		return true;
	}
	return jump_on(machine, now, right);
}

static bool is_at_next(const struct machine *machine)
{
	const struct oracle_component *next = next_component(machine);

	return next && next->component.inlined && next->component.tail_fd < 0 &&
	       machine->at == next->positions[0];
}

static void run(struct machine *machine)
{
	struct effects *effects = &machine->effects;

	for (int steps = 0; steps < 300; steps++) {
		if (is_at_next(machine))
			effects->ending = 1;
		if (effects->ending)
			return;
		if (machine->at >= machine->oracle->n_instructions ||
		    machine->oracle->own[machine->at] || !step(machine))
			break;
		machine->at += !effects->ending;
	}
	effects->ending = 0;
}

static void want_count(const struct oracle *oracle, struct effects *wanted, unsigned int *lookup,
		       unsigned int missing, size_t row, size_t verdict)
{
	if (oracle->counters_fd < 0 || missing & 1u << (*lookup)++)
		return;
	wanted->counts[wanted->n_counts].row = row;
	wanted->counts[wanted->n_counts++].verdict = verdict;
}

/* The right outcome if component `number` is the next. */
static void want_component(const struct oracle *oracle, size_t number, unsigned int *lookup,
			   unsigned int missing, struct effects *wanted)
{
	if (number == oracle->n_components) {
		if (number)
			want_count(oracle, wanted, lookup, missing, number, VERDICT_PASS);
		wanted->ending = 2;
		wanted->verdict = VERDICT_PASS;
	} else if (oracle->components[number].component.tail_fd >= 0) {
		want_count(oracle, wanted, lookup, missing, number, VERDICT_ABORTED);
		wanted->tail_calls = 1;
		wanted->ending = 2;
		wanted->verdict = VERDICT_ABORTED;
	} else {
		wanted->ending = 1;
	}
}

static struct effects want(const struct oracle *oracle, size_t number, uint32_t verdict,
			   unsigned int missing)
{
	const struct checked_component *component = &oracle->components[number].component;
	struct effects wanted = {};
	unsigned int lookup = 0;
	bool is_verdict = verdict <= VERDICT_REDIRECT;

	if (component->forbidden && (!is_verdict || component->forbidden & VERDICT_BIT(verdict))) {
		want_count(oracle, &wanted, &lookup, missing, component->overruled_row,
			   VERDICT_ABORTED);
		verdict = VERDICT_ABORTED;
		is_verdict = true;
	}
	/* A proceed set has no effect for forbidden verdicts; aborted is never forbidden. */
	if (is_verdict && component->proceed & VERDICT_BIT(verdict)) {
		want_component(oracle, number + 1, &lookup, missing, &wanted);
		return wanted;
	}
	wanted.verdict = is_verdict ? verdict : VERDICT_ABORTED;
	wanted.ending = 2;
	want_count(oracle, &wanted, &lookup, missing, number, wanted.verdict);
	return wanted;
}

/* Where the context may be while components run. */
struct kept {
	bool registers[16];
	bool stack[STACK_SIZE]; /* which bytes have it */
};

static void spoil(const struct oracle_component *component, struct kept *kept)
{
	const struct bpf_insn *instructions = component->component.code.instructions;
	size_t stack = component->component.stack;

	for (size_t i = 0; i < component->main_length; i++) {
		kept->registers[instructions[i].dst_reg] = false;
		if (instructions[i].dst_reg == BPF_REG_10 && -instructions[i].off > (int)stack)
			stack = -instructions[i].off;
	}
	for (size_t i = 0; i < STACK_SIZE; i++)
		if (i + stack >= STACK_SIZE)
			kept->stack[i] = false;
}

static void prepare(const struct oracle *oracle, const struct kept *kept, size_t next, size_t at,
		    uint64_t rubbish, struct machine *ret)
{
	const uint64_t context = CONTEXT;

	*ret = (struct machine){ .oracle = oracle, .next = next, .at = at };
	for (int i = 0; i < 16; i++)
		ret->registers[i] = kept->registers[i] ? CONTEXT : rubbish * (i + 1);
	ret->registers[BPF_REG_10] = STACK_TOP;
	for (size_t i = 0; i < STACK_SIZE; i++)
		ret->stack[i] = kept->stack[i] ? ((const unsigned char *)&context)[i % 8]
					       : (unsigned char)(rubbish >> i % 56);
}

static bool is_kept(const struct machine *machine, const struct kept *kept)
{
	const uint64_t context = CONTEXT;

	for (int i = BPF_REG_6; i <= BPF_REG_9; i++)
		if (kept->registers[i] && machine->registers[i] != CONTEXT)
			return false;
	for (size_t i = 0; i < STACK_SIZE; i++)
		if (kept->stack[i] && machine->stack[i] != ((const unsigned char *)&context)[i % 8])
			return false;
	return true;
}

static const char *compare(struct machine *machine, const struct effects *wanted,
			   const struct kept *kept, bool others_need_context)
{
	const struct oracle_component *next = next_component(machine);

	run(machine);
	if (memcmp(&machine->effects, wanted, sizeof(*wanted)) != 0)
		return "something else happens";
	if (wanted->ending != 1)
		return NULL;
	if ((next->uses_context || !next->component.inlined) && machine->registers[1] != CONTEXT)
		return "the component does not get the context";
	return others_need_context && !is_kept(machine, kept) ? "the context is lost" : NULL;
}

static bool needs_context(const struct oracle *oracle, size_t number)
{
	const struct oracle_component *component = &oracle->components[number];

	return component->uses_context || !component->component.inlined ||
	       component->component.tail_fd >= 0;
}

/* "return CONSTANT" returns that constant, as the verifier sees it. */
static bool constant_at(const struct oracle_component *component, size_t exit, uint32_t *ret)
{
	const struct bpf_insn *instructions = component->component.code.instructions;

	for (size_t i = 0; i < component->main_length; i++)
		if (is_jump(&instructions[i]) &&
		    (long)i + 1 + reach(&instructions[i]) == (long)exit)
			return false;
	if (!exit || !is_constant_result(&instructions[exit - 1]))
		return false;
	*ret = instructions[exit - 1].imm;
	return true;
}

static const uint32_t verdicts[] = {
	0, 1, 2, 3, 4, 5, 6, 8, 77, 0x7fffffff, 0x80000000, 0xffffffff
};

/* Does the next component run after this verdict of the component? */
static bool proceeds(const struct checked_component *component, uint32_t verdict)
{
	bool is_verdict = verdict <= VERDICT_REDIRECT;

	if (component->forbidden && (!is_verdict || component->forbidden & VERDICT_BIT(verdict)))
		return component->proceed & VERDICT_BIT(VERDICT_ABORTED);
	return is_verdict && component->proceed & VERDICT_BIT(verdict);
}

/* Can a packet get from this component to the next one? */
static bool leads_on(const struct oracle_component *component)
{
	const struct bpf_insn *instructions = component->component.code.instructions;
	bool any = false, result = false;
	uint32_t constant;

	for (size_t i = 0; component->component.inlined && i < component->main_length; i++)
		if (is_exit(&instructions[i]) && !constant_at(component, i, &constant))
			any = true;
		else if (is_exit(&instructions[i]))
			result |= proceeds(&component->component, constant);
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++)
		if (any || !component->component.inlined)
			result |= proceeds(&component->component, verdicts[i]);
	return result;
}

/* Can a packet get to a component after `number` that needs the context? */
static bool need_context_after(const struct oracle *oracle, size_t number)
{
	for (size_t i = number; i < oracle->n_components; i++) {
		if (i > number && needs_context(oracle, i))
			return true;
		if (!leads_on(&oracle->components[i]))
			return false;
	}
	return false;
}

/* What an exit is known to return, and whether it is in r0. */
struct exit {
	size_t at;
	bool constant;
	bool unset;
	uint32_t verdict;
};

static const char *try_exit(const struct oracle *oracle, const struct kept *kept, size_t number,
			    const struct exit *exit)
{
	bool needed = need_context_after(oracle, number + 1);
	size_t n = exit->constant ? 2 : sizeof(verdicts) / sizeof(*verdicts);
	const char *difference = NULL;

	for (size_t i = 0; !difference && i < n; i++)
		for (unsigned int missing = 0; !difference && missing < 4; missing++) {
			uint32_t verdict = exit->constant ? exit->verdict : verdicts[i];
			struct effects wanted = want(oracle, number, verdict, missing);
			struct machine machine;

			prepare(oracle, kept, number + 1, exit->at, RUBBISH << (i + missing),
				&machine);
			machine.missing = missing;
			if (!exit->unset)
				machine.registers[0] = (uint64_t)verdict | RUBBISH << 32;
			difference = compare(&machine, &wanted, kept, needed);
		}
	return difference;
}

static const char *try_component(const struct oracle *oracle, const struct kept *kept,
				 size_t number)
{
	const struct oracle_component *component = &oracle->components[number];
	const struct bpf_insn *instructions = component->component.code.instructions;
	const char *difference = NULL;

	if (!component->component.inlined) {
		for (size_t i = 0; !difference && i < oracle->n_instructions; i++)
			if (!oracle->own[i] && is_function_call(&oracle->instructions[i]) &&
			    (long)i + 1 + oracle->instructions[i].imm ==
				    (long)component->component.main)
				difference = try_exit(oracle, kept, number,
						      &(struct exit){ i + 1 });
		return difference;
	}
	for (size_t i = 0; !difference && i < component->main_length; i++) {
		struct exit exit = { .at = component->positions[i] };

		if (!is_exit(&instructions[i]))
			continue;
		exit.constant = constant_at(component, i, &exit.verdict);
		exit.unset = exit.constant && component->positions[i - 1] == exit.at;
		difference = try_exit(oracle, kept, number, &exit);
	}
	return difference;
}

static const char *try_begin(const struct oracle *oracle, struct kept *kept)
{
	const uint64_t context = CONTEXT;

	for (unsigned int missing = 0; missing < 2; missing++) {
		struct effects wanted = {};
		struct machine machine;
		unsigned int lookup = 0;
		const char *difference;

		want_component(oracle, 0, &lookup, missing, &wanted);
		prepare(oracle, &(struct kept){}, 0, 0, RUBBISH, &machine);
		machine.registers[1] = CONTEXT;
		machine.missing = missing;
		difference = compare(&machine, &wanted, &(struct kept){}, false);
		if (difference)
			return difference;
		for (int i = BPF_REG_6; i <= BPF_REG_9; i++)
			kept->registers[i] = machine.registers[i] == CONTEXT;
		for (size_t i = 0; i < STACK_SIZE; i++)
			kept->stack[i] = !memcmp(&machine.stack[i / 8 * 8], &context, 8);
	}
	return NULL;
}

/* Can a packet reach that component? */
static bool is_reached(const struct oracle *oracle, size_t number)
{
	for (size_t i = 0; i < number; i++)
		if (!leads_on(&oracle->components[i]))
			return false;
	return true;
}

static bool keeps_anything(const struct kept *kept)
{
	for (int i = 0; i < BPF_REG_10; i++)
		if (kept->registers[i])
			return true;
	for (size_t i = 0; i < STACK_SIZE; i++)
		if (kept->stack[i])
			return true;
	return false;
}

const char *oracle_find_difference(const struct oracle *oracle)
{
	struct kept kept = {};
	const char *difference = try_begin(oracle, &kept);

	for (size_t i = 0; !difference && i < oracle->n_components; i++) {
		if (oracle->components[i].component.tail_fd >= 0 || !is_reached(oracle, i))
			continue;
		if (oracle->components[i].component.inlined)
			spoil(&oracle->components[i], &kept);
		if (need_context_after(oracle, i) && !keeps_anything(&kept))
			return "the context is lost";
		difference = try_component(oracle, &kept, i);
	}
	return difference;
}
