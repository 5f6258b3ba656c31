// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/program-code.h"

/*
 * A function with arguments other than the context alone is not an XDP program. A wrapper in front of it
 * makes it one, so that it can be loaded: the verifier checks a global function by itself, with unknown
 * numbers as arguments, just as it checks an extension.
 */
struct entry_wrapper {
	size_t n_instructions; /* the wrapper's, followed by all of the function's code */
	struct bpf_insn *instructions;
	size_t n_functions;
	struct bpf_func_info *functions;
	size_t n_lines;
	struct bpf_line_info *lines;
};

/* A call has this many registers for arguments. */
#define ARGUMENTS_MAX 5

/* How a function is to be called. */
struct arguments {
	size_t count; /* as declared; may be more than ARGUMENTS_MAX */
	int context;  /* index of the argument that is the context; -1: none */
};

/*
 * Creates a wrapper and a copy of the code behind it; `code` is unchanged. Free with entry_wrapper_done().
 * -ENOMEM; -EINVAL for more than ARGUMENTS_MAX arguments.
 */
int entry_wrapper_init(const struct program_code *code, const struct arguments *arguments,
		       struct entry_wrapper *ret);
void entry_wrapper_done(struct entry_wrapper *wrapper);
