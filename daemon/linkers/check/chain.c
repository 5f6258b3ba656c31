// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Checks a chain: finds the instructions of its components again, and follows every verdict from each exit
 * of each component to the next component or out of the program.
 */
#include "base/cleanup.h"
#include "daemon/linkers/check/glue.h"
#include "daemon/linkers/check/policy.h"
#include "daemon/linkers/check/trace.h"
#include "object/instruction.h"

#include <string.h>

struct member {
	const struct checked_component *component;
	struct moved_code moved;
	size_t main_length; /* the number of instructions before its other functions */
	bool makes_tail_calls;
	bool keeps_results;
};

struct chain_check {
	const struct checked_chain *chain;
	struct program program;
	struct member *members; /* one for each component */
	/* Where the context is when the next component returns; the verdict in r0 is still open. */
	struct path left;
};

static bool proceeds(const struct checked_component *component, unsigned int verdict)
{
	return verdict < NO_VERDICT &&
	       component->proceed & ~component->forbidden & VERDICT_BIT(verdict);
}

/* Does the exit come after "r0 = CONSTANT", with no jump to the exit itself? */
static bool returns_constant(const struct member *member, size_t exit, unsigned int *ret_verdict)
{
	const struct bpf_insn *instructions = member->moved.code->instructions;
	__u32 value;

	if (!exit || member->moved.targets[exit] || !is_constant_result(&instructions[exit - 1]))
		return false;
	value = instructions[exit - 1].imm;
	*ret_verdict = value < NO_VERDICT ? value : NO_VERDICT;
	return true;
}

/* The linker may leave out the setting of r0 to a constant after which the next component runs. */
static bool is_left_out(const struct member *member, size_t i)
{
	unsigned int verdict;

	return !member->keeps_results && i + 1 < member->main_length &&
	       is_exit(&member->moved.code->instructions[i + 1]) &&
	       returns_constant(member, i + 1, &verdict) && proceeds(member->component, verdict);
}

/* Can the next instruction be reached only by jumps and calls? */
static bool ends_code(const struct bpf_insn *instruction)
{
	return is_exit(instruction) || instruction->code == (BPF_JMP | BPF_JA) ||
	       instruction->code == (BPF_JMP32 | BPF_JA);
}

static void study(struct member *member)
{
	const struct checked_code *code = member->moved.code;

	member->main_length = code->n_instructions;
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

/*
 * The exits of an inlined component are glue. The linker leaves out the last exit if its target follows
 * directly.
 */
static int claim_inlined(struct chain_check *check, struct member *member)
{
	const struct bpf_insn *instructions = member->moved.code->instructions;
	const struct range main = { 0, member->main_length };
	const struct range rest = { main.end, member->moved.code->n_instructions };
	size_t now = member->component->main;

	if (member->makes_tail_calls || !ends_code(&instructions[main.end - 1]))
		return program_fault(&check->program, now, "in", member->moved.code->name,
				     "is inlined, and the component may not return");
	for (size_t i = 0; i < main.end; i++) {
		bool left_out = is_left_out(member, i);

		member->moved.positions[i] = now;
		member->moved.replaced[i] = left_out || is_exit(&instructions[i]);
		now += !left_out;
	}
	moved_code_put(&member->moved, rest, member->component->rest);
	return moved_code_claim(&check->program, &member->moved, main, main, rest)
		       ?: moved_code_claim(&check->program, &member->moved, rest, rest, rest);
}

static bool have_tail_calls(const struct checked_code *code)
{
	for (size_t i = 0; i < code->n_instructions; i++)
		if (is_tail_call(&code->instructions[i]))
			return true;
	return false;
}

/* What a policy returns is tested like the verdict of any component that is called. */
static int claim_policy(struct chain_check *check, struct member *member)
{
	const struct checked_component *policy = member->component;

	if (policy->inlined || policy->parts->positions[0] != policy->main)
		return program_fault(&check->program, policy->main, "in", policy->code.name,
				     "is not where the policy begins");
	for (size_t i = 0; i < policy->n_parts; i++)
		member->makes_tail_calls |= have_tail_calls(&policy->parts[i].code);
	return policy_claim(&check->program, policy->parts, policy->n_parts, check->chain);
}

static int claim_component(struct chain_check *check, struct member *member)
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

/*
 * Does the component run without the context? Follows its instructions only up to the first branch.
 */
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

/* Forgets the context in registers and stack bytes that an inlined component may have written. */
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

/* The outcome that is right for a packet when component `number` comes next. */
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

/* The outcome that is right for a packet when component `number` returns this verdict. */
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

/*
 * Did the path set a register or a stack value that nothing reads? That does not include the context, which
 * may be in r1 and r6 to r9, nor the row if counters are off.
 */
static bool did_needless(const struct path *path)
{
	bool needless = path->unread & 0x3d;

	for (size_t i = 0; path->counters_fd >= 0 && i < CELLS_MAX; i++)
		needless |= path->cells[i].size == 4 && path->cells[i].unread;
	return needless;
}

/* Does the path have the right outcome? Returns NULL, or what is wrong. */
static const char *judge(const struct chain_check *check, const struct path *path,
			 const struct outcome *wanted)
{
	const struct member *next;
	bool lacks;

	if (memcmp(&path->outcome, wanted, sizeof(*wanted)) != 0)
		return "is reached by packets that must go elsewhere, or be counted otherwise";
	if (did_needless(path))
		return "comes after something that the chain does not need";
	if (wanted->ending != ENDING_NEXT)
		return NULL;
	next = &check->members[path->next - check->chain->components];
	if (!next->component->inlined && path->at != next->component->call)
		return "calls a component that is called elsewhere";
	lacks = path->registers[BPF_REG_1].kind != KIND_CONTEXT &&
		(!next->component->inlined || !ignores_context(next));
	return lacks ? "runs a component without the context" : NULL;
}

/*
 * Follows a packet after component `number` has returned the verdict, or, if the path is at its beginning,
 * before the first component. Tries each combination of counter rows that are found and not found.
 */
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
		wrong = path_follow(&path) ?: judge(check, &path, &wanted);
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

/*
 * Proves that each verdict at this exit has the right outcome. `only` is the verdict, if it is a constant;
 * NULL: every verdict is possible.
 */
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

	if (!member->component->inlined)
		return prove_exit(check, number, member->component->call + 1, NULL, false);
	lose_context(&check->left, member);
	for (size_t i = 0; result == 0 && i < member->main_length; i++) {
		unsigned int verdict;
		bool constant = returns_constant(member, i, &verdict);

		if (is_exit(&member->moved.code->instructions[i]))
			result = prove_exit(check, number, member->moved.positions[i],
					    constant ? &verdict : NULL,
					    constant && is_left_out(member, i - 1));
	}
	return result;
}

/*
 * Follows the path to the first component, on which the context may be saved for later components.
 */
static int prove_beginning(struct chain_check *check)
{
	struct path path = {
		.program = &check->program,
		.counters_fd = check->chain->counters_fd,
		.chain = check->chain,
		.next = check->chain->n_components ? check->chain->components : NULL,
		.first = true,
		.registers = { [BPF_REG_1] = { .kind = KIND_CONTEXT },
			       [BPF_REG_10] = { .kind = KIND_STACK } },
	};
	int result = prove(check, &path, 0, 0, &check->left);

	for (int i = BPF_REG_0; i <= BPF_REG_5; i++)
		check->left.registers[i].kind = KIND_NOTHING;
	check->left.outcome = (struct outcome){};
	check->left.unread = check->left.first = 0;
	return result;
}

/* After a trace, which has no instruction without a role, comes glue. */
static bool is_followed_by_glue(const struct program *program, size_t i)
{
	return program->roles[i] == ROLE_GLUE || program->roles[i] == ROLE_TRACE;
}

/*
 * If a test always has the same result, the instructions after its other branch never run, but they must be
 * glue, too. Marks those that follow glue directly. Returns whether it marked any.
 */
static bool spread(struct program *program)
{
	bool changed = false, full = !memchr(program->roles, ROLE_NONE, program->n_instructions);

	for (size_t i = 0; !full && i < program->n_instructions; i++) {
		const struct bpf_insn *now = &program->instructions[i];
		const size_t next[] = { ends_code(now) ? i : i + 1,
					is_jump(now) ? i + 1 + reach(now) : i };

		for (size_t j = 0; is_followed_by_glue(program, i) && j < 2; j++)
			if (next[j] < program->n_instructions && !program->roles[next[j]] &&
			    (is_wide_load(now) || is_glue(&program->instructions[next[j]]))) {
				program->roles[next[j]] = ROLE_GLUE;
				changed = true;
			}
	}
	return changed;
}

static int check_members(struct chain_check *check)
{
	const struct checked_chain *chain = check->chain;
	const char *name = chain->n_components ? chain->components[0].code.name : "";
	int result = trace_claim(&check->program, chain);

	for (size_t i = 0; result == 0 && i < chain->n_components; i++) {
		check->members[i].component = &chain->components[i];
		check->members[i].keeps_results = chain->keeps_results;
		if (chain->components[i].parts)
			result = claim_policy(check, &check->members[i]);
		else if (is_fused(&chain->components[i]))
			result = claim_component(check, &check->members[i]);
	}
	result = result ?: prove_beginning(check);
	for (size_t i = 0; result == 0 && i < chain->n_components; i++)
		if (is_fused(&chain->components[i]))
			result = prove_exits(check, i);
	while (result == 0 && spread(&check->program))
		;
	return result ?: program_check_complete(&check->program, name);
}

int check_chain(const struct checked_chain *chain, struct error *error)
{
	struct chain_check check = { .chain = chain };
	int result = program_init(chain->instructions, chain->n_instructions, error,
				  &check.program);

	check.program.modules = chain->modules;
	check.program.n_modules = chain->n_modules;
	check.members = calloc(chain->n_components + 1, sizeof(*check.members));
	result = result ?: check.members ? check_members(&check) : error_memory(error);
	for (size_t i = 0; check.members && i < chain->n_components; i++)
		moved_code_done(&check.members[i].moved);
	free(check.members);
	free(check.program.roles);
	return result;
}
