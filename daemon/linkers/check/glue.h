// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/check/moved-code.h"

/* The glue between components, which the checker executes instruction by instruction. */

/*
 * The checker tracks what registers and the stack mean, rather than their values. It treats all invalid
 * verdicts as one value, because the comparisons that it accepts in glue cannot distinguish them.
 */
#define NO_VERDICT VERDICT_COUNT

enum kind {
	KIND_NOTHING, /* unknown, or written by a component */
	KIND_CONTEXT, /* the pointer that the program was called with */
	KIND_STACK,   /* an address `number` bytes from the upper end of the frame */
	KIND_NUMBER,
	KIND_VERDICT, /* a component's result, whose upper half is unknown; `number` is the verdict */
	KIND_LARGE,   /* the same for NO_VERDICT, with an upper half of 0 */
	KIND_MAP,     /* a map; `number` is its descriptor */
	KIND_ROW,     /* an address `number` bytes into the row `row` of the counters */
	KIND_COUNTER, /* the value of the counter at such an address */
	KIND_COUNTED, /* the same plus 1 */
};

struct value {
	enum kind kind;
	/*
	 * Of a number: verifiers do not know it. Of a verdict: some verifiers believe that it is a constant.
	 */
	bool hidden;
	long row;
	long number;
};

/* A value on the stack. */
struct cell {
	struct value value;
	long offset; /* from the upper end of the frame */
	int size;    /* 0: the cell is unused */
	bool unread;
};

#define CELLS_MAX 4
/* A packet is counted at most twice: for a limit of a component, and where it leaves the chain. */
#define COUNTS_MAX 2

enum ending {
	ENDING_NONE,
	ENDING_NEXT, /* the next component runs */
	ENDING_EXIT, /* the program returns `verdict` */
};

/* What happens to a packet, or should happen. */
struct outcome {
	long ending;
	long verdict;
	/* 1 if the tail call to the next component was tried; it either does not return, or fails */
	long jumped_out;
	long n_lookups; /* how often counters were looked up */
	long n_counts;
	struct {
		long row;
		long verdict;
	} counts[COUNTS_MAX];
};

struct path {
	struct program *program;
	int counters_fd;
	const struct checked_chain *chain;
	const struct checked_component *next; /* the component that runs next; NULL: none */
	bool first;	    /* no component has run yet, so the context may be saved */
	unsigned int found; /* bit N: the Nth lookup of counters finds its row */
	size_t at;
	struct value registers[16]; /* as many as an instruction can encode */
	unsigned int unread;	    /* one bit for each register that was set but not read yet */
	struct cell cells[CELLS_MAX];
	struct outcome outcome;
};

/*
 * Follows the path to its ending. Returns NULL, or what is wrong with the instruction at `path->at`.
 */
const char *path_follow(struct path *path);

/* Can the instruction be part of glue? */
bool is_glue(const struct bpf_insn *instruction);

/* Is the component part of the program? False if it is run by a tail call, or NULL. */
bool is_fused(const struct checked_component *component);
