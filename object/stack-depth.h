#pragma once

#include "object/elf-code.h"

/*
 * How deep a program's calls go, and how much stack they take, as far as it can be told without the
 * verifier: from the addresses that functions make of their frame pointer. The verifier counts only
 * what is reached and used, so that it finds the same or a little less.
 */
struct stack_depth {
	unsigned int frames; /* the function's own is the first */
	unsigned int bytes;  /* of the deepest frames, each rounded as all kernels do */
	unsigned int least;  /* the same, rounded to 16, as newer ones with a JIT compiler do */
	bool is_recursive;   /* then the figures are too small */
	bool tail_calls;
	unsigned int above_tail_call; /* bytes of rounded frames down to the deepest tail call's */
};

/* Bytes that a function uses below its frame pointer. Makes no system call. */
unsigned int stack_use(const struct bpf_insn *instructions, size_t length);

/* Of the function and all that it calls; -ENOMEM. Makes no system call. */
int stack_depth_measure(const struct elf_code *elf_code, const struct function *function,
			struct stack_depth *ret);
