// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/verdict.h"
#include "daemon/linkers/codegen/assembler.h"

#include <string.h>

/* Emits code that sets r0 to the address of the counters in the row, or to 0. */
static void find_counters(struct assembler *assembler)
{
	emit(assembler, move(BPF_REG_2, BPF_REG_10));
	emit(assembler, calculate(BPF_ADD, BPF_REG_2, ROW_OFFSET));
	emit(assembler, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					   .dst_reg = BPF_REG_1,
					   .src_reg = BPF_PSEUDO_MAP_FD,
					   .imm = assembler->counting->counters_fd });
	emit(assembler, (struct bpf_insn){});
	emit(assembler, call_helper(BPF_FUNC_map_lookup_elem));
}

/*
 * Emits code that adds one to the 64-bit counter at the address in the register plus the offset; it
 * overwrites r1.
 */
static void count(struct assembler *assembler, int address, int offset)
{
	emit(assembler, load(BPF_DW, BPF_REG_1, address, offset));
	emit(assembler, calculate(BPF_ADD, BPF_REG_1, 1));
	emit(assembler, store(BPF_DW, address, offset, BPF_REG_1));
}

static bool counts(const struct assembler *assembler)
{
	return assembler->counting->counters_fd >= 0;
}

static bool calls_account(const struct assembler *assembler)
{
	return assembler->counting->account;
}

/* The label of account(), which follows the labels of the blocks. */
static size_t label_of_account(const struct assembler *assembler)
{
	return label_of(LABEL_FUNCTION, assembler->n_blocks);
}

void count_in(struct assembler *assembler, size_t row, enum verdict verdict)
{
	if (counts(assembler)) {
		emit(assembler, store_value(BPF_W, BPF_REG_10, ROW_OFFSET, row));
		find_counters(assembler);
		emit(assembler, jump_if(BPF_JEQ, BPF_REG_0, 0, 3));
		count(assembler, BPF_REG_0, verdict * (int)sizeof(uint64_t));
	} else if (calls_account(assembler)) {
		emit(assembler, set(BPF_REG_1, row));
		emit(assembler, set(BPF_REG_2, verdict));
		emit_to(assembler, call_function(0), label_of_account(assembler));
	}
}

void count_begin(struct assembler *assembler)
{
	if (!counts(assembler))
		return;
	find_counters(assembler);
	emit(assembler, move(BPF_REG_2, BPF_REG_0));
}

void count_verdict(struct assembler *assembler)
{
	if (counts(assembler)) {
		emit(assembler, jump_if(BPF_JEQ, BPF_REG_2, 0, 6));
		emit(assembler, move(BPF_REG_1, BPF_REG_0));
		emit(assembler, calculate(BPF_LSH, BPF_REG_1, 3));
		emit(assembler, calculate_from(BPF_ADD, BPF_REG_2, BPF_REG_1));
		count(assembler, BPF_REG_2, 0);
	} else if (calls_account(assembler)) {
		emit(assembler, store(BPF_W, BPF_REG_10, VERDICT_OFFSET, BPF_REG_0));
		emit(assembler, move(BPF_REG_2, BPF_REG_0));
		emit(assembler, load(BPF_W, BPF_REG_1, BPF_REG_10, ROW_OFFSET));
		emit_to(assembler, call_function(0), label_of_account(assembler));
		emit(assembler, load(BPF_W, BPF_REG_0, BPF_REG_10, VERDICT_OFFSET));
	}
}

void count_append(struct assembler *assembler)
{
	const struct counting *counting = assembler->counting;
	struct layout *layout = &assembler->layout;

	if (!calls_account(assembler))
		return;
	layout->account = layout->n_instructions;
	place(assembler, label_of_account(assembler));
	memcpy(&layout->instructions[layout->n_instructions], counting->account,
	       counting->account_length * sizeof(*counting->account));
	layout->n_instructions += counting->account_length;
}
