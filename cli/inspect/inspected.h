#pragma once

#include "cli/inspect/encode.h"
#include "object/stack-depth.h"

/* A program, and what it and all that it calls are. */
struct inspected {
	const struct subject *subject;
	const struct function *function;
	struct stack_depth depth;
	size_t instructions;
	bool callbacks;
	struct numbers helpers;
	struct numbers externs;
	struct numbers functions;
};

/* Adds what is to be said of attaching it. */
void add_notes(const struct inspected *program, json_t *encoded);

/*
 * Adds what attaching takes, and what is in the way; `*ret_loaded` becomes true if the verifier was
 * asked.
 */
void add_blockers(const struct inspected *program, json_t *encoded, bool *ret_loaded);
