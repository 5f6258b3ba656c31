#pragma once

#include "base/verdict.h"

#include <linux/bpf.h>
#include <stddef.h>

/* A component's instructions, position-independent, and the verdicts after which the next runs. */
struct block {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	verdict_set proceed;
};

/* A program made of blocks: first the one that runs them, then the blocks in order. */
struct layout {
	struct bpf_insn *instructions;
	size_t n_instructions;
	size_t *starts; /* where each block begins */
};

/*
 * Lays out a program that calls each block with the context, tests the verdict, counts in the
 * per-CPU array `counters_fd` where the packet left (the rows of bpf/rootlet.h), and returns the
 * verdict. Makes no system call. -ENOMEM. Free with layout_done().
 */
int layout_chain(const struct block *blocks, size_t n_blocks, int counters_fd, struct layout *ret);
void layout_done(struct layout *layout);
