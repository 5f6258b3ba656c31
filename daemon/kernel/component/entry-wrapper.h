#pragma once

#include "daemon/kernel/component/program-code.h"

/*
 * A function that takes anything but the context alone is no XDP program. With a wrapper in front
 * of it that is one, it can be loaded as such: the verifier looks at a global function by itself, with
 * numbers that may be any, and that is also how it looks at an extension.
 */
struct entry_wrapper {
	size_t n_instructions; /* the wrapper's, and all of the function's code behind them */
	struct bpf_insn *instructions;
	size_t n_functions;
	struct bpf_func_info *functions;
	size_t n_lines;
	struct bpf_line_info *lines;
};

/* As many as there are registers for them. */
#define ARGUMENTS_MAX 5

/* How a function is to be called. */
struct arguments {
	size_t count; /* what the author says, which may be more */
	int context;  /* the one that is the context, from 0; -1: none */
};

/*
 * Puts a wrapper in front of the code, which stays as it is. Free with entry_wrapper_done(). -ENOMEM; -EINVAL for
 * more than ARGUMENTS_MAX arguments.
 */
int entry_wrapper_init(const struct program_code *code, const struct arguments *arguments,
		       struct entry_wrapper *ret);
void entry_wrapper_done(struct entry_wrapper *wrapper);
