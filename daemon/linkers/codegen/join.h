#pragma once

/* How a component became part of what the device runs. */
enum join {
	JOIN_EXTENSION,	  /* it replaced a slot */
	JOIN_INLINED,	  /* its instructions are part of the rootlet's function */
	JOIN_CALLED,	  /* it is a function that the rootlet calls */
	JOIN_TAIL_CALLED, /* it is a program that the rootlet jumps to, at its end */
	JOIN_COUNT
};

struct join_result {
	enum join join;
	const char *why; /* it is not inlined, one clause, static; NULL otherwise */
};

/*
 * "extension", "inlined", "called", "tail_called"; the other way gives JOIN_COUNT for an invalid name.
 */
const char *join_name(enum join join);
enum join join_from_name(const char *name);

/* Of a component that is run by a tail call. */
extern const struct join_result join_result_tail_called;

/* The frame of a fused rootlet's function, shared by all that is inlined. */
struct frame {
	unsigned int stack; /* bytes */
	/* Where the context survives what is inlined: a register of r6 to r9, or else on the stack. */
	int context_register; /* 0: none is free */
	int context_offset;   /* from r10 */
};
