// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Inlines a component's main function into the rootlet's: its exits become jumps to the test of the verdict
 * or, where the verdict is a constant, straight to its target.
 */
#include "base/cleanup.h"
#include "daemon/linkers/codegen/assembler.h"

#include <errno.h>
#include <stdint.h>

/* Marks the instructions of the block's main function that others jump to; to be freed. */
static bool *find_jump_targets(const struct block *block)
{
	bool *targets = calloc(block->main_length, sizeof(*targets));

	for (size_t i = 0; targets && i < block->main_length; i++) {
		size_t target = i + 1 + reach(&block->instructions[i]);

		if (is_jump(&block->instructions[i]) && target < block->main_length)
			targets[target] = true;
	}
	return targets;
}

static bool has(verdict_set set, uint32_t verdict)
{
	return verdict < VERDICT_COUNT && set & VERDICT_BIT(verdict);
}

/*
 * An exit with a constant verdict needs no test when the program runs, unless the limit changes the verdict.
 */
static enum label where_exit_goes(const struct block *block, size_t at, const bool *targets)
{
	const struct bpf_insn *before = at > 0 ? &block->instructions[at - 1] : NULL;

	if (!before || targets[at] || !is_constant_result(before))
		return LABEL_TEST;
	if (block->forbidden && !has(VERDICTS_ALL & ~block->forbidden, before->imm))
		return LABEL_TEST;
	return has(block->proceed, before->imm) ? LABEL_NEXT : LABEL_LEAVE_AFTER;
}

/*
 * Finds the target of each exit of the main function; to be freed. The verifier does not accept a program in
 * which the rest of the chain cannot be reached. So if no exit leads there, the last one gets a test,
 * although its result is known.
 */
static enum label *find_exits(const struct block *block, struct exits *ret)
{
	enum label *labels = calloc(block->main_length, sizeof(*labels));
	cleanup(freep) bool *targets = find_jump_targets(block);
	size_t last = 0;

	*ret = (struct exits){};
	for (size_t i = 0; labels && targets && i < block->main_length; i++) {
		if (!is_exit(&block->instructions[i]))
			continue;
		last = i;
		labels[i] = where_exit_goes(block, i, targets);
		ret->tested |= labels[i] == LABEL_TEST;
		ret->next |= labels[i] == LABEL_NEXT;
		ret->leave |= labels[i] == LABEL_LEAVE_AFTER;
	}
	if (!labels || !targets) {
		free(labels);
		return NULL;
	}
	if (!ret->tested && !ret->next) {
		labels[last] = LABEL_TEST;
		ret->tested = true;
	}
	return labels;
}

/*
 * Emits the main function with jumps in place of its exits. An exit at the end whose target follows directly
 * needs no jump, and a verdict that no code reads is not set. `moved` gets the position of each instruction.
 */
static void inline_exits(struct assembler *assembler, size_t number, const enum label *labels,
			 const struct exits *exits, size_t *moved)
{
	const struct block *block = &assembler->blocks[number];
	enum label follows = exits->tested ? LABEL_TEST : LABEL_NEXT;
	bool reads_all = trace_has_journey(assembler->counting->trace);
	size_t last = block->main_length - 1;

	for (size_t i = 0; i <= last; i++) {
		moved[i] = assembler->layout.n_instructions;
		if (!is_exit(&block->instructions[i])) {
			if (i == last || labels[i + 1] != LABEL_NEXT || reads_all)
				emit(assembler, block->instructions[i]);
		} else if (i < last || labels[i] != follows) {
			emit_to(assembler, jump(0), label_of(labels[i], number));
		}
	}
}

/* Corrects jumps within the main function for the new positions of their targets. */
static void repair_jumps(struct assembler *assembler, const struct block *block,
			 const size_t *moved)
{
	for (size_t i = 0; i < block->main_length; i++) {
		const struct bpf_insn *before = &block->instructions[i];
		struct bpf_insn *now = &assembler->layout.instructions[moved[i]];
		int distance;

		if (!is_jump(before))
			continue;
		distance = (int)moved[i + 1 + reach(before)] - (int)moved[i] - 1;
		if (before->code == (BPF_JMP32 | BPF_JA))
			now->imm = distance;
		else
			now->off = distance;
	}
}

int inline_main(struct assembler *assembler, size_t number, struct exits *ret)
{
	const struct block *block = &assembler->blocks[number];
	struct place *where = &assembler->layout.places[number];
	cleanup(freep) enum label *labels = find_exits(block, ret);

	where->moved = calloc(block->main_length, sizeof(*where->moved));
	if (!labels || !where->moved)
		return -ENOMEM;
	inline_exits(assembler, number, labels, ret, where->moved);
	repair_jumps(assembler, block, where->moved);
	assembler->leaves[number] = ret->leave;
	return 0;
}

void inline_calls(struct assembler *assembler, size_t number)
{
	const struct block *block = &assembler->blocks[number];
	const struct place *where = &assembler->layout.places[number];

	for (size_t i = 0; i < block->main_length; i++) {
		const struct bpf_insn *before = &block->instructions[i];
		size_t callee = i + 1 + reach(before) - block->main_length;

		if (is_function_call(before))
			assembler->layout.instructions[where->moved[i]].imm =
				(int)(where->rest + callee) - (int)where->moved[i] - 1;
	}
}
