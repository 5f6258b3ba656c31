// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/elf-code.h"

/*
 * How deep a program's calls go, and how much stack they use, as far as it can be computed without the
 * verifier: from the addresses that functions derive from their frame pointer. The verifier counts only what
 * is reached and used, so its figures are the same or a little smaller.
 */
struct stack_depth {
	unsigned int frames; /* including the function's own */
	unsigned int bytes;  /* of the deepest frames, each rounded as all kernels round */
	unsigned int least;  /* the same, rounded to 16, as newer kernels with a JIT compiler do */
	bool is_recursive;   /* the figures are too small then */
	bool tail_calls;
	/* Bytes of rounded frames down to that of the deepest tail call. */
	unsigned int above_tail_call;
};

/* Bytes that a function uses below its frame pointer. Makes no system call. */
unsigned int stack_use(const struct bpf_insn *instructions, size_t length);

/* Measures the function and all functions that it calls; -ENOMEM. Makes no system call. */
int stack_depth_measure(const struct elf_code *elf_code, const struct function *function,
			struct stack_depth *ret);
