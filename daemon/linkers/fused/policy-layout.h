#pragma once

#include "daemon/kernel/component/program-code.h"

#include <stdint.h>

/*
 * A policy with components in the place of its placeholders, as one program: calls of a placeholder
 * become calls of its component, which is a function behind the policy's own. Nothing is inlined: a
 * global function is verified by itself, here as in the kernel's own way to replace it.
 */

/* A component and the placeholder it takes the place of. */
struct filling {
	const struct program_code *code;
	uint32_t function_id; /* in the policy's BTF */
};

/* Instructions that stay together, and where they are now. */
struct piece {
	size_t source; /* 0: the policy; N: filling N - 1 */
	size_t from;   /* the first one, in the source's code */
	size_t end;    /* behind the last one */
	size_t at;
};

struct policy_layout {
	size_t n_instructions;
	struct bpf_insn *instructions;
	size_t n_pieces; /* in the order of the instructions; each begins with a function */
	struct piece *pieces;
	/* Of each function of the policy: where it is, or the component in its place. */
	size_t *positions;
};

/* A position of what was left out. */
#define POSITION_NONE ((size_t)-1)

/*
 * Functions of the policy that nobody calls any more are left out, and so are components for
 * placeholders that nobody would reach. The policy's code must tell its functions. Makes no system
 * call. -ENOMEM, or -EINVAL for code that no verifier would have taken. Free with policy_layout_done().
 */
int policy_layout_init(const struct program_code *policy, const struct filling *fillings,
		       size_t n_fillings, struct policy_layout *ret);
void policy_layout_done(struct policy_layout *layout);
