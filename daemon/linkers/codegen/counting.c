#include "base/verdict.h"
#include "daemon/linkers/codegen/assembler.h"

#include <string.h>

/* r0 becomes the address of the counters in the row, or 0. */
static void find_counters(struct assembly *assembly)
{
	emit(assembly, move(BPF_REG_2, BPF_REG_10));
	emit(assembly, calculate(BPF_ADD, BPF_REG_2, ROW_OFFSET));
	emit(assembly, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					  .dst_reg = BPF_REG_1,
					  .src_reg = BPF_PSEUDO_MAP_FD,
					  .imm = assembly->counting->counters_fd });
	emit(assembly, (struct bpf_insn){});
	emit(assembly, call_helper(BPF_FUNC_map_lookup_elem));
}

/* Adds one to the 64-bit counter at this offset from the address in the register; needs r1. */
static void count(struct assembly *assembly, int address, int offset)
{
	emit(assembly, load(BPF_DW, BPF_REG_1, address, offset));
	emit(assembly, calculate(BPF_ADD, BPF_REG_1, 1));
	emit(assembly, store(BPF_DW, address, offset, BPF_REG_1));
}

static bool counts(const struct assembly *assembly)
{
	return assembly->counting->counters_fd >= 0;
}

static bool calls_account(const struct assembly *assembly)
{
	return assembly->counting->account;
}

/* The function account(), behind those of the blocks. */
static size_t label_of_account(const struct assembly *assembly)
{
	return label_of(LABEL_FUNCTION, assembly->n_blocks);
}

void count_in(struct assembly *assembly, size_t row, enum verdict verdict)
{
	if (counts(assembly)) {
		emit(assembly, store_value(BPF_W, BPF_REG_10, ROW_OFFSET, row));
		find_counters(assembly);
		emit(assembly, jump_if(BPF_JEQ, BPF_REG_0, 0, 3));
		count(assembly, BPF_REG_0, verdict * (int)sizeof(uint64_t));
	} else if (calls_account(assembly)) {
		emit(assembly, set(BPF_REG_1, row));
		emit(assembly, set(BPF_REG_2, verdict));
		emit_to(assembly, call_function(0), label_of_account(assembly));
	}
}

void count_begin(struct assembly *assembly)
{
	if (!counts(assembly))
		return;
	find_counters(assembly);
	emit(assembly, move(BPF_REG_2, BPF_REG_0));
}

void count_verdict(struct assembly *assembly)
{
	if (counts(assembly)) {
		emit(assembly, jump_if(BPF_JEQ, BPF_REG_2, 0, 6));
		emit(assembly, move(BPF_REG_1, BPF_REG_0));
		emit(assembly, calculate(BPF_LSH, BPF_REG_1, 3));
		emit(assembly, calculate_from(BPF_ADD, BPF_REG_2, BPF_REG_1));
		count(assembly, BPF_REG_2, 0);
	} else if (calls_account(assembly)) {
		emit(assembly, store(BPF_W, BPF_REG_10, VERDICT_OFFSET, BPF_REG_0));
		emit(assembly, move(BPF_REG_2, BPF_REG_0));
		emit(assembly, load(BPF_W, BPF_REG_1, BPF_REG_10, ROW_OFFSET));
		emit_to(assembly, call_function(0), label_of_account(assembly));
		emit(assembly, load(BPF_W, BPF_REG_0, BPF_REG_10, VERDICT_OFFSET));
	}
}

void count_append(struct assembly *assembly)
{
	const struct counting *counting = assembly->counting;
	struct layout *layout = &assembly->layout;

	if (!calls_account(assembly))
		return;
	layout->account = layout->n_instructions;
	place(assembly, label_of_account(assembly));
	memcpy(&layout->instructions[layout->n_instructions], counting->account,
	       counting->account_length * sizeof(*counting->account));
	layout->n_instructions += counting->account_length;
}
