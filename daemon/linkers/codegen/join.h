// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/* How a component was joined to the program that the device runs. */
enum join {
	JOIN_EXTENSION,	  /* it replaced a placeholder of the rootlet */
	JOIN_INLINED,	  /* its instructions are part of the rootlet's function */
	JOIN_CALLED,	  /* it is a function that the rootlet calls */
	JOIN_TAIL_CALLED, /* it is a program that the rootlet jumps to, at its end */
	JOIN_COUNT
};

struct join_result {
	enum join join;
	/* Why it is not inlined, one clause, static; NULL: it is, or it cannot be. */
	const char *why;
};

/*
 * "extension", "inlined", "called" or "tail_called". join_from_name() returns JOIN_COUNT for an invalid
 * name.
 */
const char *join_name(enum join join);
enum join join_from_name(const char *name);

/* For a component that is run by a tail call. */
extern const struct join_result join_result_tail_called;

/* The stack frame of a fused rootlet's function, which all inlined components share. */
struct frame {
	unsigned int stack; /* bytes */
	/*
	 * Where the context is kept while inlined components run: a register of r6 to r9 or, if none is
	 * free, the stack.
	 */
	int context_register; /* 0: no register is free */
	int context_offset;   /* offset from r10 */
	int trace_offset;     /* of the state for tracers, if there are any */
};
