// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/verdict.h"
#include "daemon/linkers/codegen/join.h"
#include "daemon/linkers/codegen/trace-plan.h"

#include <linux/bpf.h>
#include <stddef.h>

/* A component's position-independent instructions, and how they become part of a chain. */
struct block {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	size_t main_length; /* of the main function, which comes first */
	enum join join;	    /* JOIN_INLINED or JOIN_CALLED; the last one may be JOIN_TAIL_CALLED */
	bool uses_context;
	/* It makes tail calls, so it must be called, and its verdict may come from another program. */
	bool tail_calls;
	verdict_set proceed;
	/* The verifier must not remove the code after it, even if it proceeds on no verdict. */
	bool keeps_next;
	verdict_set forbidden; /* these verdicts and invalid ones become aborted; empty: no limit */
	size_t overruled_row;  /* the row where these are counted (bpf/counter-rows.h) */
	int tail_fd; /* JOIN_TAIL_CALLED: the program array; the block has no instructions */
};

/*
 * Positions of a block in the program. Its functions that are not inlined follow the code that runs the
 * chain.
 */
struct place {
	size_t prologue; /* where the rootlet's code for the block begins */
	/* Inlined: the new position of each instruction of the main function; else NULL. */
	size_t *moved;
	size_t main; /* the main function, if it is not inlined */
	size_t call; /* the call of it */
	size_t test; /* where the verdict is tested, or the code in its place begins */
	size_t rest; /* the other functions */
};

/*
 * A program made of blocks. Its first function runs the blocks; the functions of the blocks follow.
 */
struct layout {
	struct bpf_insn *instructions;
	size_t n_instructions;
	size_t n_places; /* one place for each block */
	struct place *places;
	size_t account; /* the function account(), if the program has one */
	size_t end;	/* where packets leave that went through the whole chain */
	size_t n_traces;
	struct trace_range *traces;
};

/* How the program counts in the rows of bpf/counter-rows.h where packets leave, and who records them. */
struct counting {
	int counters_fd; /* a per-CPU array; -1: the program has no counters of its own */
	/*
	 * The function account(row, verdict), which is copied into the program and counts instead; NULL: the
	 * program does not count.
	 */
	const struct bpf_insn *account;
	size_t account_length;
	const struct trace_plan *trace; /* NULL: nobody traces the chain */
};
