#pragma once

#include "daemon/linkers/check/check.h"

/* The instructions of components, found again in the program that is checked. */

/* What an instruction of the program was found to be; each is one thing only. */
enum role {
	ROLE_NONE,
	ROLE_COMPONENT, /* a component's own */
	ROLE_GLUE,	/* packets come to it between components */
};

struct program {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const int *modules; /* as in struct checked_chain */
	size_t n_modules;
	unsigned char *roles; /* enum role of each instruction */
	struct error *error;
};

/* `roles` are to be freed. -ENOMEM. */
int program_init(const struct bpf_insn *instructions, size_t n_instructions, struct error *error,
		 struct program *ret);

/* The sentence for instruction `at`, which is `place` ("in", "after") the component; -EBADMSG. */
int program_fault(const struct program *program, size_t at, const char *place, const char *name,
		  const char *what);

/* Each instruction was found to be something. */
int program_check_complete(const struct program *program, const char *name);

/* A component's instructions, and where each is claimed to be now. */
struct moved_code {
	const struct checked_code *code;
	size_t *positions; /* of what was left out: where the next one is; or CHECK_LEFT_OUT */
	bool *targets;	   /* instructions that others jump to, call, or take the address of */
	bool *replaced; /* instructions that are not there: they were left out, or are glue now */
};

/* -ENOMEM. Free with moved_code_done(), also then. */
int moved_code_init(const struct checked_code *code, struct error *error, struct moved_code *ret);
void moved_code_done(struct moved_code *moved);

/* Instructions from `from` to before `end`. */
struct range {
	size_t from;
	size_t end;
};

/* They stay together, and the first one is at `at`. */
void moved_code_put(struct moved_code *moved, struct range range, size_t at);

/*
 * The instructions in `range` are where `moved` says and nothing else is there; jumps reach the same
 * instructions in `jumps`, calls and addresses of functions the same in `functions`, and maps are the
 * component's own.
 */
int moved_code_claim(struct program *program, const struct moved_code *moved, struct range range,
		     struct range jumps, struct range functions);

/* A call of a function of the program, or its address. */
bool names_function(const struct bpf_insn *instruction);
