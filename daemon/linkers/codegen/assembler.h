// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/codegen/block.h"
#include "object/instruction.h"

/* The state of laying out a chain, shared by layout.c, inline.c and counting.c. */

/*
 * Offsets in the frame that no component uses while the rootlet does: the row to count in, and the verdict.
 */
#define ROW_OFFSET     -4
#define VERDICT_OFFSET -8

/* Targets of jumps whose positions are not known yet. Block N has the labels 1 + 5N to 5 + 5N. */
enum label { LABEL_NONE, LABEL_TEST, LABEL_ALLOWED, LABEL_NEXT, LABEL_LEAVE_AFTER, LABEL_FUNCTION };

static inline size_t label_of(enum label label, size_t block)
{
	return label + LABEL_FUNCTION * block;
}

/* Where the exits of a block lead. */
struct exits {
	bool tested; /* some exits need a test */
	bool next;   /* some always continue with the next block */
	bool leave;  /* some always leave the chain */
};

struct assembler {
	const struct block *blocks;
	size_t n_blocks;
	const struct frame *frame;
	const struct counting *counting;
	struct layout layout;
	size_t *positions; /* of each label */
	size_t *jumps_to; /* the label to which each instruction jumps, LABEL_NONE if it does not */
	bool *leaves;	  /* of each block: can a packet leave the chain after it? */
};

static inline void emit(struct assembler *assembler, struct bpf_insn instruction)
{
	assembler->layout.instructions[assembler->layout.n_instructions++] = instruction;
}

/*
 * Emits a jump to a label, or a call of a function at a label; the position is filled in at the end.
 */
static inline void emit_to(struct assembler *assembler, struct bpf_insn instruction, size_t label)
{
	assembler->jumps_to[assembler->layout.n_instructions] = label;
	emit(assembler, instruction);
}

static inline void place(struct assembler *assembler, size_t label)
{
	assembler->positions[label] = assembler->layout.n_instructions;
}

/*
 * Emits the block's main function as part of the rootlet's function, with jumps in place of its exits.
 * `*ret` says where these lead. -ENOMEM.
 */
int inline_main(struct assembler *assembler, size_t number, struct exits *ret);

/*
 * Makes calls in the inlined function reach the block's other functions, whose positions are known now.
 */
void inline_calls(struct assembler *assembler, size_t number);

/*
 * Emits code that counts the given verdict in the given row, as `assembler->counting` says. The code
 * overwrites r0 to r5.
 */
void count_in(struct assembler *assembler, size_t row, enum verdict verdict);

/*
 * The same for a verdict that is only known when the program runs. The row is at ROW_OFFSET, and the verdict
 * is in r0 before and after count_verdict(). No code in between may overwrite r2, which count_begin() sets.
 */
void count_begin(struct assembler *assembler);
void count_verdict(struct assembler *assembler);

/* Emits code that sets r1 to the context. */
void fetch_context(struct assembler *assembler);

/* Where a packet is recorded. */
enum trace_place {
	TRACE_ARRIVES,	 /* before the first component */
	TRACE_CONTINUES, /* after a component; for a journey */
	TRACE_JUMPS_OUT, /* before a tail call that does not return */
	TRACE_LEAVES,
};

/*
 * Emits the code that decides who records the packet. The context must be kept, and is not in r1 afterwards.
 * -ENOMEM; -EINVAL if a filter is invalid.
 */
int trace_begin(struct assembler *assembler);

/* Emits the code that records the packet; the row is at ROW_OFFSET, and the verdict at VERDICT_OFFSET. */
void trace_at(struct assembler *assembler, enum trace_place place);

/*
 * Emits the code that records, for a journey, what a component in a slot of a policy has returned; all 64 bits of
 * that are at `result_offset`. `row` is what records call the component.
 */
void trace_return(struct assembler *assembler, size_t row, int result_offset);

/* Appends the function account(), if the program counts with it. */
void count_append(struct assembler *assembler);
