#pragma once

#include "daemon/linkers/check/moved-code.h"

/* What is between components, followed instruction by instruction. */

/*
 * Instructions are followed with what registers and the stack mean rather than with their values. All that
 * is no verdict is followed as one, for no comparison that is understood here can tell two of them apart.
 */
#define NO_VERDICT VERDICT_COUNT

enum kind {
	KIND_NOTHING, /* unknown, or left by a component */
	KIND_CONTEXT, /* what the program was called with */
	KIND_STACK,   /* an address `number` bytes from the frame's upper end */
	KIND_NUMBER,
	KIND_VERDICT, /* what the component returned, with any upper half; `number` is the verdict */
	KIND_LARGE,   /* the same for NO_VERDICT, with the upper half 0 */
	KIND_MAP,     /* `number` is its descriptor */
	KIND_ROW,     /* an address `number` bytes into row `row` of the counters */
	KIND_COUNTER, /* what was there */
	KIND_COUNTED, /* the same plus 1 */
};

struct value {
	enum kind kind;
	/* A number that verifiers do not know; a verdict that some believe to be a constant. */
	bool hidden;
	long row;
	long number;
};

/* A value on the stack. */
struct cell {
	struct value value;
	long offset; /* from the frame's upper end */
	int size;    /* 0: there is none */
	bool unread;
};

#define CELLS_MAX 4
/* A limit of a component, and where the packet leaves. */
#define COUNTS_MAX 2

enum ending {
	ENDING_NONE,
	ENDING_NEXT, /* the next component runs */
	ENDING_EXIT, /* the program returned `verdict` */
};

/* What became of a packet, or must. */
struct outcome {
	long ending;
	long verdict;
	long jumped_out; /* by the tail call that is the next component; it fails, or never returns */
	long n_lookups; /* of counters */
	long n_counts;
	struct {
		long row;
		long verdict;
	} counts[COUNTS_MAX];
};

struct path {
	struct program *program;
	int counters_fd;
	const struct checked_component *next; /* whose turn it is after this; NULL: none */
	bool first;	    /* no component has run: the context can be put somewhere */
	unsigned int found; /* bit N: the Nth lookup of counters finds its row */
	size_t at;
	struct value registers[16]; /* as many as an instruction can name */
	unsigned int unread;	    /* registers that were set for nothing so far, a bit each */
	struct cell cells[CELLS_MAX];
	struct outcome outcome;
};

/* Follows it to its ending; NULL, or what is wrong with the instruction at `path->at`. */
const char *path_follow(struct path *path);

/* Is it something that can be between components? */
bool is_glue(const struct bpf_insn *instruction);

/* Or is it a program of its own, or none (NULL)? */
bool is_fused(const struct checked_component *component);
