#pragma once

#include "base/verdict.h"
#include "daemon/linkers/codegen/join.h"

#include <linux/bpf.h>
#include <stddef.h>

/* A component's instructions, position-independent, and how they are to become part of a chain. */
struct block {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	size_t main_length; /* the first ones, up to where its other functions begin */
	enum join join;	    /* JOIN_INLINED, JOIN_CALLED; or JOIN_TAIL_CALLED, for the last one */
	bool uses_context;
	bool tail_calls; /* it is called, and its verdict may be another program's */
	verdict_set proceed;
	bool keeps_next; /* the verifier takes nothing out behind it, even if it proceeds on nothing */
	verdict_set forbidden; /* these and what is no verdict become aborted; none: no limit */
	size_t overruled_row;  /* where that is counted (bpf/counter-rows.h) */
	int tail_fd;	       /* JOIN_TAIL_CALLED: the program array, and no instructions */
};

/* Where a block is in the whole: what of it is inlined, the rest behind all that runs the chain. */
struct place {
	size_t prologue; /* where the rootlet turns to the block */
	size_t *moved; /* inlined: where each instruction of the main function is now; else NULL */
	size_t main;   /* the main function, if it is called */
	size_t call;   /* the call of it */
	size_t test;   /* of the verdict, or what comes instead of it */
	size_t rest;   /* the other functions */
};

/* A program made of blocks. Its first function runs them; functions of the blocks follow. */
struct layout {
	struct bpf_insn *instructions;
	size_t n_instructions;
	size_t n_places; /* one a block */
	struct place *places;
	size_t account; /* the function that counts, if there is one */
	size_t end;	/* where packets go that went through the whole chain */
};

/* How the program counts where packets left it, in the rows of bpf/counter-rows.h. */
struct counting {
	int counters_fd; /* a per-CPU array; -1: it does not count itself */
	/* Instead: account(row, verdict), of which it has a copy; NULL: nothing counts. */
	const struct bpf_insn *account;
	size_t account_length;
};
