// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/verdict.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Proves, before a fused program is loaded, that it does the same as its components run one after the other.
 * The checker gets the components, the rules of the chain between them, and the final instructions. The
 * linker also claims where it put each component; the checker verifies these claims and does not rely on
 * them. Makes no system call.
 *
 * Errors: Internal, with a sentence that says that this is a fault in xdpd and names the component and the
 * instruction; OutOfMemory.
 */

/* A component's instructions as the kernel has verified them. */
struct checked_code {
	const char *name; /* in the chain */
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *map_fds; /* of its own maps; its instructions may use no other map */
	size_t n_maps;
	/*
	 * BTF of the kernel modules whose functions it calls; the offset of a call is a position in this
	 * list, counted from 1.
	 */
	const int *modules;
	size_t n_modules;
};

/* The value of `stack` if the verifier did not report how much stack the main function uses. */
#define CHECK_STACK_UNKNOWN 0xffffffffu

struct checked_component {
	struct checked_code code;
	int tail_fd; /* it is run only by a tail call through this program array; -1: it is fused */
	unsigned int stack; /* bytes of its main function's frame, as the verifier reported */
	verdict_set proceed;
	verdict_set forbidden; /* these, and invalid verdicts, become aborted; empty: no limit */
	size_t overruled_row;  /* the row of the counters for verdicts that became aborted */
	/* The claims of the linker: */
	bool inlined; /* else it is called */
	size_t main;  /* position of its first instruction */
	size_t call;  /* if it is called: position of the call */
	size_t rest;  /* if it is inlined: position of the first function after its main function */
};

struct checked_chain {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *modules; /* the list that it is loaded with; position 0 stands for the kernel */
	size_t n_modules;
	const struct checked_component *components; /* in the order in which they run */
	size_t n_components;
	int counters_fd; /* a map with the rows of bpf/counter-rows.h; -1: the program does not count */
};

/*
 * Checks a chain. Returns 0 if packets are treated exactly as by the components run one after the other,
 * with the verdicts, limits and counters of the chain, and the program contains nothing else.
 */
int check_chain(const struct checked_chain *chain, struct error *error);

/* A component in a slot of a policy. */
struct checked_filling {
	struct checked_code code;
	__u32 function_id; /* of the slot, in the policy's BTF */
};

#define CHECK_LEFT_OUT ((size_t)-1)

struct checked_policy {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *modules; /* as in struct checked_chain */
	size_t n_modules;
	struct checked_code code;	       /* of the policy */
	const struct bpf_func_info *functions; /* of the policy, in the order of its instructions */
	size_t n_functions;
	const struct checked_filling *fillings;
	size_t n_fillings;
	/*
	 * The linker's claim where each function of the policy, or the component that replaces it, begins.
	 */
	const size_t *positions;
};

/*
 * Checks a policy. Returns 0 if calls of a slot reach the component in it, and nothing else of the policy
 * has changed.
 */
int check_policy(const struct checked_policy *policy, struct error *error);
