#pragma once

#include "daemon/linkers/codegen/block.h"
#include "object/instruction.h"

/* A layout in the making: for layout.c, inline.c and counting.c. */

/* Places in the frame that no block needs at this time: the row to count in, and the verdict. */
#define ROW_OFFSET     -4
#define VERDICT_OFFSET -8

/* Where a jump goes, while it is not known yet where that is. Block N has 1 + 5N to 5 + 5N. */
enum label { LABEL_NONE, LABEL_TEST, LABEL_ALLOWED, LABEL_NEXT, LABEL_LEAVE_AFTER, LABEL_FUNCTION };

static inline size_t label_of(enum label label, size_t block)
{
	return label + LABEL_FUNCTION * block;
}

/* Where a block can be left to. */
struct exits {
	bool tested; /* some exits need a test */
	bool next;   /* some go on without one */
	bool leave;  /* some leave without one */
};

struct assembler {
	const struct block *blocks;
	size_t n_blocks;
	const struct frame *frame;
	const struct counting *counting;
	struct layout layout;
	size_t *positions; /* of each label */
	size_t *jumps_to;  /* label of each instruction that jumps, LABEL_NONE for others */
	bool *leaves;	   /* of each block: is there a way to leave after it? */
};

static inline void emit(struct assembler *assembler, struct bpf_insn instruction)
{
	assembler->layout.instructions[assembler->layout.n_instructions++] = instruction;
}

/* A jump, or a call of a function, to a place that is known in the end. */
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
 * Emits the block's main function as part of the rootlet's, with jumps for its exits. `*ret` says
 * where they go. -ENOMEM.
 */
int inline_main(struct assembler *assembler, size_t number, struct exits *ret);

/* When the place of the block's other functions is known, too: calls of them reach there. */
void inline_calls(struct assembler *assembler, size_t number);

/* The way of `assembler->counting`: counts that verdict in that row, both known; r0 to r5 are lost. */
void count_in(struct assembler *assembler, size_t row, enum verdict verdict);

/*
 * The same for a row that is at ROW_OFFSET, and a verdict that is known only then: it is in r0 when
 * count_verdict() begins, and when it is done; what count_begin() leaves in r2 must still be there.
 */
void count_begin(struct assembler *assembler);
void count_verdict(struct assembler *assembler);

/* Appends the function account(), if that is what counts. */
void count_append(struct assembler *assembler);
