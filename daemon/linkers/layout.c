#include "daemon/linkers/layout.h"

#include "base/cleanup.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* r6 keeps the context, r7 the row; both survive calls. */
#define CONTEXT BPF_REG_6
#define ROW	BPF_REG_7

static struct bpf_insn move(int to, int from)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X,
				  .dst_reg = to,
				  .src_reg = from };
}

static struct bpf_insn move32(int to, int from)
{
	return (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X,
				  .dst_reg = to,
				  .src_reg = from };
}

static struct bpf_insn set(int to, int value)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
				  .dst_reg = to,
				  .imm = value };
}

static struct bpf_insn calculate(int operation, int to, int value)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | operation | BPF_K,
				  .dst_reg = to,
				  .imm = value };
}

/* The offset is from the next instruction, as everywhere in BPF. */
static struct bpf_insn jump(int offset)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .off = offset };
}

static struct bpf_insn jump_if32(int condition, int left, int value, int offset)
{
	return (struct bpf_insn){
		.code = BPF_JMP32 | condition | BPF_K, .dst_reg = left, .imm = value, .off = offset
	};
}

static struct bpf_insn call_helper(int helper)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = helper };
}

static struct bpf_insn call_block(int offset)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
				  .src_reg = BPF_PSEUDO_CALL,
				  .imm = offset };
}

static void emit(struct layout *layout, struct bpf_insn instruction)
{
	layout->instructions[layout->n_instructions++] = instruction;
}

static size_t count_bits(verdict_set set)
{
	return __builtin_popcount(set & VERDICTS_ALL);
}

/* Instructions of run_block() for this proceed set. */
static size_t run_length(verdict_set proceed)
{
	return 2 + (count_bits(proceed) ?: 2) + 2;
}

/* Instructions of leave(). */
#define LEAVE_LENGTH 18

/*
 * Runs the block that begins at `start`: one test for each verdict after which the next one runs.
 * What passes none of them leaves for `leave`.
 */
static void run_block(struct layout *layout, const struct block *block, size_t row, size_t start,
		      size_t leave)
{
	size_t tests = count_bits(block->proceed);

	emit(layout, move(BPF_REG_1, CONTEXT));
	emit(layout, call_block(start - layout->n_instructions - 1));
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		if (block->proceed & VERDICT_BIT(verdict))
			emit(layout, jump_if32(BPF_JEQ, BPF_REG_0, verdict, --tests + 2));
	if (!count_bits(block->proceed)) {
		/* Never so; but the verifier wants a way to what follows, before it takes it out. */
		emit(layout, set(BPF_REG_1, 0));
		emit(layout, jump_if32(BPF_JNE, BPF_REG_1, 0, 2));
	}
	emit(layout, set(ROW, row));
	emit(layout, jump(leave - layout->n_instructions - 1));
}

/* Counts the verdict in r0 in the row and returns it; what is no verdict becomes aborted. */
static void leave(struct layout *layout, int counters_fd)
{
	size_t before = layout->n_instructions;

	emit(layout, move32(CONTEXT, BPF_REG_0));
	emit(layout, jump_if32(BPF_JLE, CONTEXT, VERDICT_REDIRECT, 1));
	emit(layout, set(CONTEXT, VERDICT_ABORTED));
	emit(layout, (struct bpf_insn){ .code = BPF_STX | BPF_MEM | BPF_W,
					.dst_reg = BPF_REG_10,
					.src_reg = ROW,
					.off = -4 });
	emit(layout, move(BPF_REG_2, BPF_REG_10));
	emit(layout, calculate(BPF_ADD, BPF_REG_2, -4));
	emit(layout, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					.dst_reg = BPF_REG_1,
					.src_reg = BPF_PSEUDO_MAP_FD,
					.imm = counters_fd });
	emit(layout, (struct bpf_insn){});
	emit(layout, call_helper(BPF_FUNC_map_lookup_elem));
	emit(layout, (struct bpf_insn){
			     .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 6 });
	emit(layout, move(BPF_REG_1, CONTEXT));
	emit(layout, calculate(BPF_LSH, BPF_REG_1, 3));
	emit(layout, (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_X,
					.dst_reg = BPF_REG_0,
					.src_reg = BPF_REG_1 });
	emit(layout, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_DW,
					.dst_reg = BPF_REG_1,
					.src_reg = BPF_REG_0 });
	emit(layout, calculate(BPF_ADD, BPF_REG_1, 1));
	emit(layout, (struct bpf_insn){ .code = BPF_STX | BPF_MEM | BPF_DW,
					.dst_reg = BPF_REG_0,
					.src_reg = BPF_REG_1 });
	emit(layout, move(BPF_REG_0, CONTEXT));
	emit(layout, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
	assert(layout->n_instructions - before == LEAVE_LENGTH);
	(void)before;
}

/* Without components there is nothing to count. */
static void pass_everything(struct layout *layout)
{
	emit(layout, set(BPF_REG_0, VERDICT_PASS));
	emit(layout, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

void layout_done(struct layout *layout)
{
	free(layout->instructions);
	free(layout->starts);
	*layout = (struct layout){};
}

int layout_chain(const struct block *blocks, size_t n_blocks, int counters_fd, struct layout *ret)
{
	size_t end = 1, total; /* behind the context's move come the calls, then the way out */
	struct layout layout = {};

	for (size_t i = 0; i < n_blocks; i++)
		end += run_length(blocks[i].proceed);
	total = end + 2 + LEAVE_LENGTH;
	layout.starts = calloc(n_blocks + 1, sizeof(*layout.starts));
	for (size_t i = 0; layout.starts && i < n_blocks; i++) {
		layout.starts[i] = total;
		total += blocks[i].n_instructions;
	}
	layout.instructions = calloc(total, sizeof(*layout.instructions));
	if (!layout.instructions || !layout.starts) {
		layout_done(&layout);
		return -ENOMEM;
	}
	if (!n_blocks) {
		pass_everything(&layout);
		*ret = layout;
		return 0;
	}
	emit(&layout, move(CONTEXT, BPF_REG_1));
	for (size_t i = 0; i < n_blocks; i++)
		run_block(&layout, &blocks[i], i, layout.starts[i], end + 2);
	emit(&layout, set(BPF_REG_0, VERDICT_PASS));
	emit(&layout, set(ROW, n_blocks));
	leave(&layout, counters_fd);
	for (size_t i = 0; i < n_blocks; i++) {
		assert(layout.n_instructions == layout.starts[i]);
		memcpy(&layout.instructions[layout.n_instructions], blocks[i].instructions,
		       blocks[i].n_instructions * sizeof(*blocks[i].instructions));
		layout.n_instructions += blocks[i].n_instructions;
	}
	*ret = layout;
	return 0;
}
