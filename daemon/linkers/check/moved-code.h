// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/check/check.h"

/* Finds the instructions of components again in the program that is checked. */

/* What the checker has found an instruction of the program to be; each instruction has one role. */
enum role {
	ROLE_NONE,
	ROLE_COMPONENT, /* it belongs to a component */
	ROLE_GLUE,	/* packets reach it between components */
	ROLE_TRACE,	/* it only traces */
};

struct program {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *modules; /* as in struct checked_chain */
	size_t n_modules;
	unsigned char *roles; /* enum role of each instruction */
	struct error *error;
};

/* The caller frees `roles`. -ENOMEM. */
int program_init(const struct bpf_insn *instructions, size_t n_instructions, struct error *error,
		 struct program *ret);

/*
 * Sets the error for the instruction `at`, which is `place` (for example "in" or "after") the component
 * `name`; returns -EBADMSG.
 */
int program_fault(const struct program *program, size_t at, const char *place, const char *name,
		  const char *what);

/* Fails unless each instruction of the program has a role. */
int program_check_complete(const struct program *program, const char *name);

/* A component's instructions, and where the linker claims that they are now. */
struct moved_code {
	const struct checked_code *code;
	/* Of each instruction; one that was left out has the position of the next, or CHECK_LEFT_OUT. */
	size_t *positions;
	/* Instructions to which others jump, which they call, or whose address they take. */
	bool *targets;
	/* Instructions that are not in the program: they were left out, or glue replaces them. */
	bool *replaced;
};

/* -ENOMEM. Free with moved_code_done(), also after a failure. */
int moved_code_init(const struct checked_code *code, struct error *error, struct moved_code *ret);
void moved_code_done(struct moved_code *moved);

/* Instructions from `from` up to, but not including, `end`. */
struct range {
	size_t from;
	size_t end;
};

/* The instructions stay together; the first one is now at `at`. */
void moved_code_put(struct moved_code *moved, struct range range, size_t at);

/*
 * Checks that the instructions in `range` are at the positions in `moved`, and that no instruction has two
 * roles. Jumps must reach the same instructions in `jumps`, calls and addresses of functions the same ones
 * in `functions`, and maps must be the component's own.
 */
int moved_code_claim(struct program *program, const struct moved_code *moved, struct range range,
		     struct range jumps, struct range functions);

/* Does the instruction call a function of the program, or take its address? */
bool names_function(const struct bpf_insn *instruction);
