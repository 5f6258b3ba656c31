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

struct checked_part;

struct checked_component {
	struct checked_code code;
	/*
	 * Not NULL: it is a policy, which is called and never proceeds. Its instructions are those of the parts: the
	 * policy, then the components in its slots; of `code` only the name counts.
	 */
	const struct checked_part *parts;
	size_t n_parts;
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

/* Instructions that only trace, from `from` up to, but not including, `end`: claims of the linker. */
struct checked_trace {
	size_t from;
	size_t end;
};

/* Maps of a tracer, or of all tracers together, to which only instructions that trace may write. */
struct checked_tracer {
	int rings_fd; /* a map of ring buffers; -1: none */
	int lost_fd;  /* an array of counters, or of other numbers */
};

struct checked_chain {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *modules; /* the list that it is loaded with; position 0 stands for the kernel */
	size_t n_modules;
	const struct checked_component *components; /* in the order in which they run */
	size_t n_components;
	int counters_fd; /* a map with the rows of bpf/counter-rows.h; -1: the program does not count */
	const struct checked_trace *traces;
	size_t n_traces;
	const struct checked_tracer *tracers;
	size_t n_tracers;
	bool keeps_results; /* constant results are set even if the next component runs in any case */
};

/*
 * Checks a chain. Returns 0 if packets are treated exactly as by the components run one after the other,
 * with the verdicts, limits and counters of the chain, and the program contains nothing else.
 */
int check_chain(const struct checked_chain *chain, struct error *error);

#define CHECK_LEFT_OUT ((size_t)-1)

/* A function of a part. */
struct checked_reference {
	const struct checked_part *part; /* NULL: none */
	size_t function;		 /* its number in the part */
};

/* A policy, or a component in one of its slots. */
struct checked_part {
	struct checked_code code;
	const struct bpf_func_info *functions; /* in the order of its instructions */
	size_t n_functions;
	/*
	 * For each function the one that calls must reach instead of it: for a slot the main function of the
	 * component in it, for a function that a component needs that of the policy.
	 */
	const struct checked_reference *instead;
	/* The linker's claim where each function begins, or CHECK_LEFT_OUT. */
	const size_t *positions;
	/*
	 * Of a component in a slot that is traced: the linker's claim where its wrapper begins, a function that calls
	 * of the slot reach, and that calls the component with the same arguments, traces, and returns its result.
	 * NULL: there is none.
	 */
	const size_t *wrapper;
};

struct checked_policy {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *modules; /* as in struct checked_chain */
	size_t n_modules;
	const struct checked_part *parts; /* the policy, then the components */
	size_t n_parts;
};

/*
 * Checks a policy. Returns 0 if calls of a slot reach the component in it, calls of a function that a component
 * needs reach the policy's, and nothing else of the policy and the components has changed.
 */
int check_policy(const struct checked_policy *policy, struct error *error);
