#pragma once

#include "base/error.h"
#include "base/verdict.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Proves that a fused program does what its components do one after the other, before it is loaded. It
 * knows the components, what the chain asks for between them, and the final instructions; where the linker
 * put each component is a claim, which is checked and not believed. Makes no system call.
 *
 * Errors: Internal, with a sentence that says that this is a fault in xdpd and names the component and the
 * instruction; OutOfMemory.
 */

/* A component's instructions as they were verified. */
struct checked_code {
	const char *name; /* in the chain */
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *map_fds; /* of its own maps; it may use no others */
	size_t n_maps;
	/* BTF of the kernel modules that its calls mean by their offset, which counts from 1. */
	const int *modules;
	size_t n_modules;
};

/* The verifier did not report how much stack a main function uses. */
#define CHECK_STACK_UNKNOWN 0xffffffffu

struct checked_component {
	struct checked_code code;
	int tail_fd;	    /* it is only reached through this program array; -1: it is fused */
	unsigned int stack; /* bytes of its main function's frame, as the verifier found */
	verdict_set proceed;
	verdict_set forbidden; /* these, and what is no verdict, become aborted; none: no limit */
	size_t overruled_row;  /* where that is counted */
	/* What the linker claims: */
	bool inlined; /* else it is called */
	size_t main;  /* where its first instruction is */
	size_t call;  /* called: where */
	size_t rest;  /* inlined: where the first function after its main function is */
};

struct checked_chain {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *modules; /* that it is loaded with, by offset; the first stands for the kernel */
	size_t n_modules;
	const struct checked_component *components; /* in the order in which they run */
	size_t n_components;
	int counters_fd; /* a map with the rows of bpf/counter-rows.h; -1: nothing is counted */
};

/*
 * 0: packets cannot tell the program from its components run one after the other, with the verdicts,
 * limits and counters of the chain, and the program contains nothing else.
 */
int check_chain(const struct checked_chain *chain, struct error *error);

/* A component in a slot of a policy. */
struct checked_filling {
	struct checked_code code;
	__u32 function_id; /* of the slot, in the policy's type information */
};

#define CHECK_LEFT_OUT ((size_t)-1)

struct checked_policy {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *modules; /* as for a chain */
	size_t n_modules;
	struct checked_code code;	       /* of the policy */
	const struct bpf_func_info *functions; /* of the policy, in the order of its instructions */
	size_t n_functions;
	const struct checked_filling *fillings;
	size_t n_fillings;
	/* The linker claims that each function, or the component in that slot, is there now. */
	const size_t *positions;
};

/* 0: what calls a slot reaches the component in it, and nothing else of the policy has changed. */
int check_policy(const struct checked_policy *policy, struct error *error);
