// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/program-code.h"

#include <stdint.h>

/*
 * A policy and the components in its slots as one program. Calls of a slot become calls of its component,
 * which is a function after the policy's own. No component is inlined, because the verifier checks a global
 * function by itself; it does the same when a function is replaced by an extension.
 */

/* A component and the slot that it fills. */
struct filling {
	const struct program_code *code;
	uint32_t function_id; /* of the slot, in the policy's BTF */
};

/* Instructions that stay together, and their new position. */
struct piece {
	size_t source; /* 0: the policy; N: filling N - 1 */
	size_t from;   /* its first instruction, in the source's code */
	size_t end;    /* after its last instruction */
	size_t at;
};

struct policy_layout {
	size_t n_instructions;
	struct bpf_insn *instructions;
	size_t n_pieces; /* in the order of their positions; each begins with a function */
	struct piece *pieces;
	/*
	 * Of each function of the policy: its position, or that of the component that replaces it.
	 */
	size_t *positions;
};

/* The position of a function that was left out. */
#define POSITION_NONE ((size_t)-1)

/*
 * Functions of the policy that are no longer reached are left out, and so are components in slots that are
 * not reached. The policy's code must have function records. Makes no system call. -ENOMEM; -EINVAL for code
 * that no verifier would accept. Free with policy_layout_done().
 */
int policy_layout_init(const struct program_code *policy, const struct filling *fillings,
		       size_t n_fillings, struct policy_layout *ret);
void policy_layout_done(struct policy_layout *layout);
