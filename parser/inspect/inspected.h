// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/stack-depth.h"
#include "parser/inspect/encode.h"

/* A program together with all functions that it calls. */
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

/* Adds the notes on how it can be attached. */
void add_notes(const struct inspected *program, json_t *encoded);

/* Sets an error if the program needs a function that its policy does not offer, or if it gets no policy. */
void check_needs(const struct inspected *program, struct error *error);

/* Adds what attaching needs, and the obstacles; `*ret_loaded` becomes true if the verifier was asked. */
void add_blockers(const struct inspected *program, json_t *encoded, bool *ret_loaded);
