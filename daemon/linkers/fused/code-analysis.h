#pragma once

#include "daemon/kernel/component/program-code.h"
#include "object/verifier-log.h"

#include <stdint.h>

/* What of a component's code decides how it can become part of a larger program. */
struct code_analysis {
	bool is_elsewhere;   /* a program of its own, reached by a tail call: there is no code */
	size_t main_length;  /* instructions of its main function; its other functions follow */
	unsigned int stack;  /* bytes that the main function uses */
	unsigned int below;  /* bytes of the deepest frames that it calls, rounded */
	unsigned int frames; /* how many these are */
	bool uses_context;   /* false: it surely does not */
	bool tail_calls;
	unsigned int above_tail_call; /* bytes of rounded frames over the deepest tail call */
	uint8_t saved_registers;      /* bit N: the main function uses rN, of r6 to r9 */
	const char *obstacle; /* why it must be called, one clause; NULL: it can be inlined */
};

/*
 * Takes the component's code apart, with what the verifier found of its stack. Makes no system
 * call. -ENOMEM, or -EINVAL for code that no verifier would have taken.
 */
int code_analysis_read(const struct program_code *code, const struct verifier_work *work,
		       struct code_analysis *ret);
