// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/program-code.h"
#include "object/verifier-log.h"

#include <stdint.h>

/* The properties of a component's code that decide how it can become part of a larger program. */
struct code_analysis {
	bool is_elsewhere;   /* a program of its own, run by a tail call: it has no code here */
	size_t main_length;  /* instructions of its main function; its other functions follow */
	unsigned int stack;  /* bytes that the main function uses */
	unsigned int below;  /* bytes of the deepest frames that it calls, rounded up */
	unsigned int frames; /* the number of these frames */
	bool uses_context;   /* false: it certainly does not use the context */
	bool tail_calls;
	/* Bytes of the frames above its deepest tail call, rounded up. */
	unsigned int above_tail_call;
	uint8_t saved_registers; /* bit N: the main function uses rN, of r6 to r9 */
	const char *obstacle;	 /* why it cannot be inlined, one clause; NULL: it can be */
};

/*
 * Analyses the component's code, with what the verifier reported about its stack. Makes no system call.
 * -ENOMEM; -EINVAL for code that no verifier would accept.
 */
int code_analysis_read(const struct program_code *code, const struct verifier_work *work,
		       struct code_analysis *ret);
