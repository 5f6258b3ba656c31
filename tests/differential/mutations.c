// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Changes the instructions of fused chains that were built from real components, as mistakes of the linker
 * could, and shows that the checker lets none of them through that alters what the program does.
 *   mutations CHANGES [SEED]      speaks TAP
 *
 * Whether a change alters something is not what the checker says: an instruction of a component that is not
 * there, or is another one, does by definition; what is between components is run with numbers (glue-oracle.h).
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/kernel/ring-buffers.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/check/check.h"
#include "daemon/linkers/fused/code-analysis.h"
#include "object/instruction.h"
#include "tests/differential/glue-oracle.h"
#include "tests/support/chain-lab.h"

#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COMPONENTS_MAX 80
#define CHAIN_MAX      10
/* How many changes are made to each chain. */
#define CHANGES_PER_CHAIN 400

/* These wrap the linker's calls of the checker (-Wl,--wrap). */
int __real_check_chain(const struct checked_chain *chain, struct error *error);
int __wrap_check_chain(const struct checked_chain *chain, struct error *error);
int __real_check_policy(const struct checked_policy *policy, struct error *error);
int __wrap_check_policy(const struct checked_policy *policy, struct error *error);

/* The program and the description of a chain; both can be changed. */
struct subject {
	size_t n_instructions;
	struct bpf_insn *instructions;
	bool *own; /* of each instruction: does it belong to a component? */
	size_t n_components;
	struct oracle_component components[ROOTLET_SLOTS];
	int counters_fd;
};

/* What a change altered. */
enum effect {
	EFFECT_NONE,	  /* nothing: the program has no place for this change */
	EFFECT_COMPONENT, /* instructions of a component */
	EFFECT_GLUE,	  /* the code between components, or the rules for it */
	EFFECT_CLAIM,	  /* only the linker's claims about positions */
};

struct change {
	const char *name;
	enum effect (*make)(struct subject *subject);
	size_t altering; /* changes that alter the meaning and were refused, as they must be */
	size_t passed;	 /* changes that alter the meaning and passed */
	size_t neutral;	 /* changes without an effect that were refused */
	size_t harmless; /* changes without an effect that passed */
};

static struct {
	uint64_t chance;
	size_t wanted;
	size_t altering;
	size_t chains;
	size_t policies;
	size_t policy_changes;
	size_t policy_passed;
	size_t traced; /* policies */
	size_t traced_changes;
	const char *failure;
} test;

/* xorshift64*, as in differential.c. */
static uint32_t chance(uint32_t limit)
{
	uint64_t *x = &test.chance;

	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return ((*x * 0x2545f4914f6cdd1dULL) >> 33) % limit;
}

static void *copy_of(const void *from, size_t size)
{
	void *copy = malloc(size + 1);

	if (!copy)
		lab_fail("no memory");
	return memcpy(copy, from, size);
}

static void subject_done(struct subject *subject)
{
	for (size_t i = 0; i < subject->n_components; i++)
		free(subject->components[i].positions);
	free(subject->instructions);
	free(subject->own);
}

static void subject_copy(const struct subject *from, struct subject *ret)
{
	*ret = *from;
	ret->instructions = copy_of(from->instructions,
				    from->n_instructions * sizeof(*from->instructions));
	ret->own = copy_of(from->own, from->n_instructions);
	for (size_t i = 0; i < from->n_components; i++)
		if (from->components[i].positions)
			ret->components[i].positions =
				copy_of(from->components[i].positions,
					from->components[i].main_length * sizeof(size_t));
}

static bool is_half(const struct subject *subject, size_t at)
{
	return is_wide_load(&subject->instructions[at]) ||
	       (at > 0 && is_wide_load(&subject->instructions[at - 1]));
}

/* "return CONSTANT" to which nothing jumps, and after which the next component runs. */
static bool is_left_out(const struct oracle_component *component, size_t i)
{
	const struct bpf_insn *instructions = component->component.code.instructions;
	uint32_t verdict = instructions[i].imm;

	if (i + 1 >= component->main_length || !is_constant_result(&instructions[i]) ||
	    !is_exit(&instructions[i + 1]) || verdict >= VERDICT_COUNT ||
	    !(component->component.proceed & ~component->component.forbidden &
	      VERDICT_BIT(verdict)))
		return false;
	for (size_t j = 0; j < component->main_length; j++)
		if (is_jump(&instructions[j]) &&
		    (long)j + 1 + reach(&instructions[j]) == (long)i + 1)
			return false;
	return true;
}

/* Finds the instructions of an inlined component; the program is known to be right. */
static void find_positions(struct subject *subject, struct oracle_component *component)
{
	const struct checked_code *code = &component->component.code;
	size_t now = component->component.main;

	component->positions = calloc(component->main_length, sizeof(size_t));
	for (size_t i = 0; i < component->main_length; i++) {
		component->positions[i] = now;
		if (is_left_out(component, i))
			continue;
		if (!is_exit(&code->instructions[i]))
			subject->own[now] = true;
		now++;
	}
	memset(&subject->own[component->component.rest], true,
	       code->n_instructions - component->main_length);
}

static void subject_init(const struct checked_chain *chain, struct subject *ret)
{
	*ret = (struct subject){
		.n_instructions = chain->n_instructions,
		.instructions = copy_of(chain->instructions,
					chain->n_instructions * sizeof(*chain->instructions)),
		.own = calloc(chain->n_instructions + 1, 1),
		.n_components = chain->n_components,
		.counters_fd = chain->counters_fd,
	};
	for (size_t i = 0; i < chain->n_components; i++) {
		struct oracle_component *component = &ret->components[i];
		const struct checked_code *code = &chain->components[i].code;
		const struct program_code analysed = { .n_instructions = code->n_instructions,
						       .instructions = (void *)code->instructions };
		struct code_analysis analysis;

		component->component = chain->components[i];
		if (component->component.tail_fd >= 0)
			continue;
		if (code_analysis_read(&analysed, &(struct verifier_work){}, &analysis) < 0)
			lab_fail("a component cannot be analysed");
		component->main_length = analysis.main_length;
		component->uses_context = analysis.uses_context;
		if (component->component.inlined)
			find_positions(ret, component);
		else
			memset(&ret->own[component->component.main], true, code->n_instructions);
	}
}

static struct oracle oracle_of(const struct subject *subject)
{
	return (struct oracle){
		subject->instructions, subject->n_instructions, subject->own,
		subject->components,   subject->n_components,	subject->counters_fd
	};
}

static bool is_let_through(const struct subject *subject)
{
	struct checked_component components[ROOTLET_SLOTS];
	const struct checked_chain chain = { .instructions = subject->instructions,
					     .n_instructions = subject->n_instructions,
					     .components = components,
					     .n_components = subject->n_components,
					     .counters_fd = subject->counters_fd };
	cleanup(error_done) struct error error = {};
	int result;

	for (size_t i = 0; i < subject->n_components; i++)
		components[i] = subject->components[i].component;
	result = __real_check_chain(&chain, &error);
	if (result < 0 && (error.id != ERROR_INTERNAL || !error.message ||
			   !strstr(error.message, "this is a fault in xdpd")))
		test.failure = "a refusal that does not say what it is";
	return result == 0;
}

static size_t any_instruction(const struct subject *subject)
{
	/* There is little code between components, but it is what these changes are for. */
	for (int tries = 0; tries < 200; tries++) {
		size_t at = chance(subject->n_instructions);

		if (!subject->own[at] || tries % 4 == 3)
			return at;
	}
	return 0;
}

static enum effect effect_at(const struct subject *subject, size_t at)
{
	return subject->own[at] ? EFFECT_COMPONENT : EFFECT_GLUE;
}

/* Puts an instruction there that differs from the present one. */
static enum effect put(struct subject *subject, size_t at, struct bpf_insn instruction)
{
	if (!memcmp(&subject->instructions[at], &instruction, sizeof(instruction)))
		return EFFECT_NONE;
	subject->instructions[at] = instruction;
	return effect_at(subject, at);
}

static enum effect change_operation(struct subject *subject)
{
	static const uint8_t codes[] = {
		BPF_ALU64 | BPF_MOV | BPF_K,
		BPF_ALU64 | BPF_MOV | BPF_X,
		BPF_ALU | BPF_MOV | BPF_K,
		BPF_ALU | BPF_MOV | BPF_X,
		BPF_ALU64 | BPF_ADD | BPF_K,
		BPF_ALU64 | BPF_SUB | BPF_X,
		BPF_ALU64 | BPF_OR | BPF_X,
		BPF_ALU64 | BPF_LSH | BPF_K,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ | BPF_K,
		BPF_JMP | BPF_JNE | BPF_K,
		BPF_JMP | BPF_JGT | BPF_K,
		BPF_JMP | BPF_JLE | BPF_K,
		BPF_JMP32 | BPF_JEQ | BPF_K,
		BPF_JMP32 | BPF_JNE | BPF_K,
		BPF_JMP32 | BPF_JGT | BPF_K,
		BPF_JMP32 | BPF_JLE | BPF_K,
		BPF_JMP32 | BPF_JGE | BPF_K,
		BPF_JMP32 | BPF_JLT | BPF_K,
		BPF_JMP | BPF_EXIT,
		BPF_JMP | BPF_CALL,
		BPF_ST | BPF_MEM | BPF_W,
		BPF_STX | BPF_MEM | BPF_W,
		BPF_STX | BPF_MEM | BPF_DW,
		BPF_LDX | BPF_MEM | BPF_W,
		BPF_LDX | BPF_MEM | BPF_DW,
	};
	size_t at = any_instruction(subject);
	struct bpf_insn instruction = subject->instructions[at];

	instruction.code = codes[chance(array_size(codes))];
	return put(subject, at, instruction);
}

static enum effect change_register(struct subject *subject)
{
	size_t at = any_instruction(subject);
	struct bpf_insn instruction = subject->instructions[at];

	if (chance(2))
		instruction.dst_reg = chance(11);
	else
		instruction.src_reg = chance(11);
	return put(subject, at, instruction);
}

static enum effect change_offset(struct subject *subject)
{
	size_t at = any_instruction(subject);
	struct bpf_insn instruction = subject->instructions[at];

	instruction.off += chance(2) ? 1 + (int)chance(3) : -1 - (int)chance(3);
	if (!chance(4))
		instruction.off = (int)chance(subject->n_instructions) - (int)at - 1;
	return put(subject, at, instruction);
}

static enum effect change_constant(struct subject *subject)
{
	size_t at = any_instruction(subject);
	struct bpf_insn instruction = subject->instructions[at];

	instruction.imm = chance(3) ? (int)chance(8) : instruction.imm ^ (1 << chance(31));
	return put(subject, at, instruction);
}

static enum effect change_bit(struct subject *subject)
{
	size_t at = any_instruction(subject);
	struct bpf_insn instruction = subject->instructions[at];

	((unsigned char *)&instruction)[chance(8)] ^= 1 << chance(8);
	return put(subject, at, instruction);
}

static enum effect copy_another(struct subject *subject)
{
	return put(subject, any_instruction(subject),
		   subject->instructions[any_instruction(subject)]);
}

static enum effect swap_neighbours(struct subject *subject)
{
	size_t at = any_instruction(subject);
	struct bpf_insn first = subject->instructions[at];

	if (at + 1 >= subject->n_instructions || is_half(subject, at) || is_half(subject, at + 1) ||
	    subject->own[at] != subject->own[at + 1] ||
	    !memcmp(&first, &subject->instructions[at + 1], sizeof(first)))
		return EFFECT_NONE;
	subject->instructions[at] = subject->instructions[at + 1];
	subject->instructions[at + 1] = first;
	return effect_at(subject, at);
}

/*
 * The position of the instruction after `delta` (1 or -1) instructions were inserted or removed at `at`.
 */
static size_t moved(size_t position, size_t at, int delta)
{
	return position > at || (position == at && delta > 0) ? position + delta : position;
}

/* As if the linker had emitted one instruction more or less: all jumps and claims are adapted. */
static void shift(struct subject *subject, size_t at, int delta)
{
	size_t n = subject->n_instructions;
	struct bpf_insn *now = calloc(n + 2, sizeof(*now));
	bool *own = calloc(n + 2, 1);

	for (size_t i = 0; i < n; i++) {
		struct bpf_insn instruction = subject->instructions[i];
		bool names = is_function_call(&instruction) || is_function_address(&instruction);
		size_t target = i + 1 + reach(&instruction), place = moved(i, at, delta);
		int distance = (int)moved(target, at, delta) - (int)place - 1;

		if (delta < 0 && i == at)
			continue;
		if (is_jump(&instruction) && instruction.code != (BPF_JMP32 | BPF_JA))
			instruction.off = distance;
		else if (names || is_jump(&instruction))
			instruction.imm = distance;
		now[place] = instruction;
		own[place] = subject->own[i];
	}
	for (size_t i = 0; i < subject->n_components; i++) {
		struct oracle_component *component = &subject->components[i];

		component->component.main = moved(component->component.main, at, delta);
		component->component.call = moved(component->component.call, at, delta);
		component->component.rest = moved(component->component.rest, at, delta);
		for (size_t j = 0; component->positions && j < component->main_length; j++)
			component->positions[j] = moved(component->positions[j], at, delta);
	}
	free(subject->instructions);
	free(subject->own);
	subject->instructions = now;
	subject->own = own;
	subject->n_instructions = n + delta;
}

static enum effect leave_out(struct subject *subject)
{
	size_t at = any_instruction(subject);
	enum effect effect = effect_at(subject, at);

	if (is_half(subject, at) || at + 1 == subject->n_instructions)
		return EFFECT_NONE;
	shift(subject, at, -1);
	return effect;
}

static struct bpf_insn any_addition(const struct subject *subject)
{
	switch (chance(6)) {
	case 0:
		return set(BPF_REG_0, chance(6));
	case 1:
		return set(chance(10), chance(3));
	case 2:
		return INSTRUCTION_EXIT;
	case 3:
		return jump_if32(BPF_JEQ, BPF_REG_0, chance(5), chance(4));
	case 4:
		return store_value(BPF_W, BPF_REG_10, -4, chance(subject->n_components + 2));
	}
	return subject->instructions[any_instruction(subject)];
}

static enum effect put_in(struct subject *subject)
{
	size_t at = any_instruction(subject);
	struct bpf_insn addition = any_addition(subject);
	bool inside = at > 0 && subject->own[at] && subject->own[at - 1];

	if (is_wide_load(&addition) || !addition.code ||
	    (at > 0 && is_wide_load(&subject->instructions[at - 1])))
		return EFFECT_NONE;
	/* It may be in the middle of one component, or between the functions of two. */
	for (size_t i = 0; inside && i < subject->n_components; i++)
		if (at == subject->components[i].component.main ||
		    at == subject->components[i].component.rest)
			return EFFECT_NONE;
	shift(subject, at, 1);
	subject->instructions[at] = addition;
	return inside ? EFFECT_COMPONENT : EFFECT_GLUE;
}

static struct checked_component *any_component(struct subject *subject)
{
	return subject->n_components ? &subject->components[chance(subject->n_components)].component
				     : NULL;
}

/* From here on: the program is right, but for another chain. */
static enum effect proceed_otherwise(struct subject *subject)
{
	struct checked_component *component = any_component(subject);

	if (!component || component->tail_fd >= 0)
		return EFFECT_NONE;
	component->proceed ^= VERDICT_BIT(chance(VERDICT_COUNT));
	return EFFECT_GLUE;
}

static enum effect forbid_otherwise(struct subject *subject)
{
	struct checked_component *component = any_component(subject);

	if (!component || component->tail_fd >= 0)
		return EFFECT_NONE;
	component->forbidden ^= VERDICT_BIT(1 + chance(VERDICT_COUNT - 1)); /* but never aborted */
	return EFFECT_GLUE;
}

static enum effect count_elsewhere(struct subject *subject)
{
	struct checked_component *component = any_component(subject);

	if (!component || subject->counters_fd < 0)
		return EFFECT_NONE;
	if (chance(3))
		subject->counters_fd = chance(4) ? subject->counters_fd + 1 : -1;
	else
		component->overruled_row += 1 + chance(3);
	return EFFECT_GLUE;
}

static enum effect exchange_components(struct subject *subject)
{
	size_t first = chance(subject->n_components + 1),
	       second = chance(subject->n_components + 1);
	struct oracle_component kept;

	if (first == second || first >= subject->n_components || second >= subject->n_components ||
	    subject->components[first].component.tail_fd >= 0 ||
	    subject->components[second].component.tail_fd >= 0)
		return EFFECT_NONE;
	kept = subject->components[first];
	subject->components[first] = subject->components[second];
	subject->components[second] = kept;
	return EFFECT_GLUE;
}

static enum effect claim_otherwise(struct subject *subject)
{
	struct checked_component *component = any_component(subject);
	const size_t values[] = { 0,
				  chance(subject->n_instructions + 2),
				  component ? component->main + 1 : 0,
				  component ? component->rest - 1 : 0,
				  (size_t)-1,
				  (size_t)1 << 40 };

	if (!component || component->tail_fd >= 0)
		return EFFECT_NONE;
	switch (chance(5)) {
	case 0:
		component->inlined = !component->inlined;
		break;
	case 1:
		component->stack = chance(2) ? CHECK_STACK_UNKNOWN : chance(600);
		break;
	case 2:
		component->main = values[chance(array_size(values))];
		break;
	case 3:
		component->call = values[chance(array_size(values))];
		break;
	case 4:
		component->rest = values[chance(array_size(values))];
	}
	return EFFECT_CLAIM;
}

static struct change changes[] = {
	{ "another operation", change_operation },
	{ "another register", change_register },
	{ "another offset", change_offset },
	{ "another constant", change_constant },
	{ "one bit", change_bit },
	{ "an instruction from elsewhere", copy_another },
	{ "two instructions the other way round", swap_neighbours },
	{ "one instruction less", leave_out },
	{ "one instruction more", put_in },
	{ "a chain with another proceed set", proceed_otherwise },
	{ "a chain with another limit", forbid_otherwise },
	{ "a chain with other counters", count_elsewhere },
	{ "a chain in another order", exchange_components },
	{ "another claim", claim_otherwise },
};

static void print_program(const char *when, const struct subject *subject)
{
	for (size_t i = 0; i < subject->n_instructions; i++) {
		const struct bpf_insn *now = &subject->instructions[i];

		printf("# %s %4zu%s %02x r%d r%d %d %d\n", when, i, subject->own[i] ? "" : " glue",
		       now->code, now->dst_reg, now->src_reg, now->off, now->imm);
	}
}

static void describe(const struct subject *before, const struct subject *after,
		     const struct change *change, const char *difference)
{
	printf("# let through: %s: %s\n", change->name, difference);
	for (size_t i = 0; i < before->n_components; i++)
		printf("# %s component: main at %zu, rest at %zu, %zu of %zu instructions\n",
		       before->components[i].component.inlined ? "inlined" : "called",
		       before->components[i].component.main, before->components[i].component.rest,
		       before->components[i].main_length,
		       before->components[i].component.code.n_instructions);
	print_program("before", before);
	print_program("after", after);
}

static void try_change(const struct subject *before, struct change *change)
{
	cleanup(subject_done) struct subject after;
	struct oracle oracle;
	const char *difference;
	enum effect effect;
	bool passes;

	subject_copy(before, &after);
	effect = change->make(&after);
	if (effect == EFFECT_NONE)
		return;
	oracle = oracle_of(&after);
	difference = effect == EFFECT_COMPONENT ? "a component is not as it was"
		     : effect == EFFECT_GLUE	? oracle_find_difference(&oracle)
						: NULL;
	passes = is_let_through(&after);
	change->altering += difference && !passes;
	change->passed += difference && passes;
	change->neutral += !difference && !passes;
	change->harmless += !difference && passes;
	test.altering += difference && !passes;
	if (difference && passes) {
		describe(before, &after, change, difference);
		test.failure = "a change that alters the program was let through";
	}
}

/* A copy of what the checker is told about a policy, in which everything can be changed. */
struct policy_copy {
	struct checked_policy policy;
	struct bpf_insn *instructions;
	struct checked_part parts[1 + ROOTLET_SLOTS];
	struct checked_reference *instead[1 + ROOTLET_SLOTS];
	size_t *positions[1 + ROOTLET_SLOTS];
};

static void policy_copy_done(struct policy_copy *copy)
{
	for (size_t i = 0; i < copy->policy.n_parts; i++) {
		free(copy->instead[i]);
		free(copy->positions[i]);
	}
	free(copy->instructions);
}

static void copy_policy(const struct checked_policy *policy, struct policy_copy *ret)
{
	*ret = (struct policy_copy){ .policy = *policy };
	ret->instructions = copy_of(policy->instructions, policy->n_instructions * 8);
	ret->policy.instructions = ret->instructions;
	ret->policy.parts = ret->parts;
	for (size_t i = 0; i < policy->n_parts; i++) {
		const struct checked_part *part = &policy->parts[i];

		ret->instead[i] = copy_of(part->instead,
					  part->n_functions * sizeof(*part->instead));
		ret->positions[i] = copy_of(part->positions,
					    part->n_functions * sizeof(*part->positions));
		for (size_t j = 0; j < part->n_functions; j++)
			if (ret->instead[i][j].part)
				ret->instead[i][j].part =
					&ret->parts[ret->instead[i][j].part - policy->parts];
		ret->parts[i] = *part;
		ret->parts[i].instead = ret->instead[i];
		ret->parts[i].positions = ret->positions[i];
	}
}

/* An instruction of the policy's program; if `own` is not NULL, one of these. */
static size_t any_own(const struct policy_copy *copy, const bool *own)
{
	size_t at;

	do
		at = chance(copy->policy.n_instructions);
	while (own && !own[at]);
	return at;
}

/*
 * Changes the program, where a function is claimed to be, or which function is called instead of another. False: the
 * function that was chosen is not in the program.
 */
static bool change_policy(struct policy_copy *copy, const bool *own)
{
	size_t part = chance(copy->policy.n_parts);
	size_t function = chance(copy->parts[part].n_functions);
	struct checked_reference *instead = &copy->instead[part][function];

	if (chance(2)) {
		((unsigned char *)&copy->instructions[any_own(copy, own)])[chance(8)] ^=
			1 << chance(8);
		return true;
	}
	if (copy->positions[part][function] == CHECK_LEFT_OUT)
		return false;
	if (instead->part)
		instead->part = NULL;
	else
		copy->positions[part][function] += 1 + chance(5);
	return true;
}

/* Each instruction of a policy belongs to a component, so every change alters something. */
int __wrap_check_policy(const struct checked_policy *policy, struct error *error)
{
	int result = __real_check_policy(policy, error);

	test.policies += result == 0;
	for (size_t i = 0; result == 0 && i < CHANGES_PER_CHAIN; i++) {
		cleanup(error_done) struct error refusal = {};
		cleanup(policy_copy_done) struct policy_copy copy;

		copy_policy(policy, &copy);
		if (!change_policy(&copy, NULL))
			continue;
		test.policy_changes++;
		if (__real_check_policy(&copy.policy, &refusal) < 0)
			continue;
		test.policy_passed++;
		test.failure = "a change of a policy was let through";
	}
	return result;
}

/* The instructions of a traced policy and of its components, and those of wrappers that do not trace. */
static void mark_own(const struct checked_part *part, bool *own)
{
	for (size_t i = 0; i < part->n_functions; i++) {
		size_t end = i + 1 < part->n_functions ? part->functions[i + 1].insn_off
						       : part->code.n_instructions;

		if (!part->instead[i].part && part->positions[i] != CHECK_LEFT_OUT)
			memset(&own[part->positions[i]], true, end - part->functions[i].insn_off);
	}
	/* The first one only chooses an argument as the context of the trace. */
	for (size_t i = 1; part->wrapper && i < 3; i++)
		own[*part->wrapper + i] = true;
}

static bool *find_own(const struct checked_chain *chain)
{
	const struct checked_component *policy = chain->components;
	bool *own = calloc(chain->n_instructions + 1, sizeof(*own));

	for (size_t i = 0; own && i < policy->n_parts; i++)
		mark_own(&policy->parts[i], own);
	for (size_t i = 0; own && i < chain->n_traces; i++)
		if (chain->traces[i].from >
		    policy->main) /* that of a wrapper, which ends with it */
			own[chain->traces[i].end] = own[chain->traces[i].end + 1] = true;
	return own;
}

static void change_traced(const struct checked_chain *chain, const bool *own)
{
	const struct checked_policy policy = {
		.instructions = chain->instructions,
		.n_instructions = chain->n_instructions,
		.parts = chain->components->parts,
		.n_parts = chain->components->n_parts,
	};
	struct checked_component component = *chain->components;
	struct checked_chain changed = *chain;
	cleanup(policy_copy_done) struct policy_copy copy;
	cleanup(error_done) struct error refusal = {};

	copy_policy(&policy, &copy);
	component.parts = copy.parts;
	changed.instructions = copy.instructions;
	changed.components = &component;
	if (!change_policy(&copy, own))
		return;
	test.traced_changes++;
	if (__real_check_chain(&changed, &refusal) < 0)
		return;
	test.policy_passed++;
	test.failure = "a change of a traced policy was let through";
}

static void change_traced_policy(const struct checked_chain *chain)
{
	cleanup(freep) bool *own = find_own(chain);

	if (!own)
		lab_fail("no memory");
	test.traced++;
	for (size_t i = 0; i < CHANGES_PER_CHAIN; i++)
		change_traced(chain, own);
}

static void change_chain(const struct checked_chain *chain)
{
	cleanup(subject_done) struct subject subject = {};
	struct oracle oracle;
	const char *difference;

	subject_init(chain, &subject);
	oracle = oracle_of(&subject);
	difference = oracle_find_difference(&oracle);
	if (difference) {
		printf("# a chain of %zu: %s\n", chain->n_components, difference);
		test.failure = "a chain as it was built does not do what it must";
	}
	test.chains++;
	for (size_t i = 0; i < CHANGES_PER_CHAIN; i++)
		try_change(&subject, &changes[chance(array_size(changes))]);
}

int __wrap_check_chain(const struct checked_chain *chain, struct error *error)
{
	int result = __real_check_chain(chain, error);

	if (result < 0)
		return result;
	if (chain->components->parts)
		change_traced_policy(chain);
	else
		change_chain(chain);
	return 0;
}

static size_t load_all(struct lab *lab, struct linker *linker, const char *directory,
		       struct component **ret)
{
	static const char *const others[] = { "verdict-0",
					      "verdict-3",
					      "kind-tail_call",
					      "kind-stack",
					      "kind-global_subprogram",
					      "kind-static_subprogram",
					      "kind-loop",
					      "kind-timer",
					      "kind-maps",
					      "kind-core" };
	size_t n = 0;

	for (size_t i = 0; i < 32 + array_size(others); i++) {
		char path[4096], *why;

		if (i < 32)
			snprintf(path, sizeof(path), "%s/random-%zu.o", directory, i);
		else
			snprintf(path, sizeof(path), "%s/../bpf/%s.o", directory, others[i - 32]);
		ret[n] = lab_try_load(lab, linker, path, &why);
		if (!ret[n]) {
			printf("# without %s: %s\n", path, why);
			free(why);
			continue;
		}
		n++;
	}
	return n;
}

static void judge(struct generation *generation, char *why)
{
	if (!generation && strstr(why, "fault in xdpd")) {
		printf("# %s\n", why);
		test.failure = "a chain was refused";
	}
	if (!generation)
		free(why);
	generation_release(&generation);
}

/* A policy, and components for its slots. */
struct policy_test {
	const char *policy;
	struct {
		const char *object;
		const char *program;
		const char *slot;
	} components[2];
};

static void build_policy(struct lab *lab, struct linker *linker, const char *directory,
			 const struct policy_test *row, int filled)
{
	struct placement placements[2];
	struct component *components[2] = {}, *policy;
	struct generation *built;
	char path[4096], *why;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/../bpf/%s.o", directory, row->policy);
	policy = lab_load_policy(lab, linker, path);
	for (size_t i = 0; i < 2; i++) {
		if (!(filled & 1 << i))
			continue;
		snprintf(path, sizeof(path), "%s/../bpf/%s.o", directory,
			 row->components[i].object);
		components[n] = lab_load_for_slot(lab, linker, path, row->components[i].program,
						  row->components[i].slot, policy);
		placements[n] = (struct placement){ .id = n + 1,
						    .name = "component",
						    .component = components[n] };
		n++;
	}
	built = lab_try_build_policy(lab, linker, policy, placements, n, &why);
	judge(built, why);
	for (size_t i = 0; i < n; i++)
		component_release(&components[i]);
	component_release(&policy);
}

/* Traces what is built from now on; a journey has wrappers. */
static void trace(struct lab *lab, const struct ring_buffers *buffers, bool journey,
		  struct trace_plan *plan)
{
	*plan = (struct trace_plan){
		.loads_bytes = true,
		.n_tracings = 1,
		.tracings[0] = { .rings_fd = buffers->map_fd,
				 .lost_fd = buffers->lost_fd,
				 .sample = 2,
				 .snaplen = 64,
				 .verdicts = VERDICTS_ALL,
				 .component = -1,
				 .journey = journey },
	};
	lab->trace = plan;
}

/* Builds policies with components in some of their slots, or in none. */
static void build_policies(struct lab *lab, struct linker *linker, const char *directory)
{
	static const struct policy_test rows[] = {
		{ "policy-1",
		  { { "for_slot", "measure", "by_length" },
		    { "verdict-0", "verdict", "xdp_firewall_placeholder" } } },
		{ "offers-policy",
		  { { "offers-first", "obeys_first", "first" },
		    { "offers-second", "obeys_second", "second" } } },
	};

	for (size_t i = 0; i < array_size(rows); i++)
		for (int filled = 0; filled < 4; filled++)
			build_policy(lab, linker, directory, &rows[i], filled);
}

static void build_traced_policies(struct lab *lab, struct linker *linker, const char *directory)
{
	cleanup(ring_buffers_done) struct ring_buffers buffers = RING_BUFFERS_NONE;
	cleanup(error_done) struct error error = {};
	struct trace_plan plan;

	if (ring_buffers_open(&buffers, &error) < 0)
		lab_fail("%s", error.message);
	for (int journey = 0; journey < 2; journey++) {
		trace(lab, &buffers, journey, &plan);
		build_policies(lab, linker, directory);
	}
	lab->trace = NULL;
}

static void build_one(struct lab *lab, struct linker *linker, struct component **components,
		      size_t n_components)
{
	struct placement placements[CHAIN_MAX];
	size_t length = chance(8) ? 1 + chance(4) : 1 + chance(CHAIN_MAX);
	struct generation *built;
	char *why;

	for (size_t i = 0; i < length; i++) {
		placements[i] = (struct placement){
			.id = i + 1,
			.name = "component",
			.component = components[chance(n_components)],
			.proceed = chance(2) ? VERDICT_BIT(VERDICT_PASS) : chance(VERDICTS_ALL + 1),
		};
		if (!chance(3))
			placements[i].forbidden = chance(VERDICTS_ALL + 1) & ~1u;
	}
	built = lab_try_build(lab, linker, !chance(4), !chance(6), placements, length, &why);
	judge(built, why);
}

static void report(void)
{
	printf("# %-38s %10s %10s %10s %10s\n", "change", "altering:", "passed",
	       "neutral:", "passed");
	for (size_t i = 0; i < array_size(changes); i++)
		printf("# %-38s %10zu %10zu %10zu %10zu\n", changes[i].name,
		       changes[i].altering + changes[i].passed, changes[i].passed,
		       changes[i].neutral + changes[i].harmless, changes[i].harmless);
	printf("# %zu chains; %zu changes of %zu policies, of which %zu passed\n", test.chains,
	       test.policy_changes, test.policies, test.policy_passed);
	printf("# %zu changes of %zu traced policies\n", test.traced_changes, test.traced);
	if (test.failure)
		printf("# %s\n", test.failure);
	printf("%s 1 - no change of %zu that alter a chain passes the checker\n",
	       !test.failure && test.altering >= test.wanted ? "ok" : "not ok", test.altering);
}

int main(int argc, char **argv)
{
	static struct component *components[COMPONENTS_MAX];
	const char *directory;
	struct linker *linker;
	struct lab lab;
	size_t n;

	test.wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	test.chance = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
	if (!test.wanted || argc > 3)
		lab_fail("usage: mutations CHANGES [SEED]");
	printf("1..1\n# seed %llu\n", (unsigned long long)test.chance);
	setvbuf(stdout, NULL, _IOLBF, 0);
	lab_open(&lab);
	linker = lab_linker(&lab, "fused");
	directory = dirname(argv[0]);
	n = load_all(&lab, linker, directory, components);
	build_policies(&lab, linker, directory);
	build_traced_policies(&lab, linker, directory);
	while (!test.failure && test.altering < test.wanted)
		build_one(&lab, linker, components, n);
	report();
	for (size_t i = 0; i < n; i++)
		component_release(&components[i]);
	linker_drop(&linker);
	lab_close(&lab);
	return test.failure ? EXIT_FAILURE : EXIT_SUCCESS;
}
