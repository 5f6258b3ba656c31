// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/policy-offers.h"
#include "daemon/kernel/component/program-code.h"
#include "daemon/linkers/codegen/trace-wrapper.h"

#include <stdint.h>

/*
 * A policy and the components in its slots as one program. Calls of a slot become calls of its component,
 * which is a function after the policy's own. No component is inlined, because the verifier checks a global
 * function by itself; it does the same when a function is replaced by an extension. A component's function that
 * stands for one of the policy (policy-offers.h) is left out, and calls of it become calls of the policy's.
 */

/* A component and the slot that it fills. */
struct filling {
	const struct program_code *code;
	uint32_t function_id; /* of the slot, in the policy's BTF */
	/*
	 * As from policy_offers_resolve(): for each function of the component, the policy's function that it
	 * stands for, or OFFER_NONE. NULL: the component needs none.
	 */
	const size_t *offers;
	/* As from trace_wrapper(): calls of the slot reach it, and it calls the component; NULL: no wrapper. */
	const struct layout *wrapper;
};

/* Instructions that stay together, and their new position. */
struct piece {
	size_t source; /* 0: the policy; N: filling N - 1 */
	size_t from;   /* its first instruction, in the source's code */
	size_t end;    /* after its last instruction */
	size_t at;
};

/* The wrapper of a component that is in the program. */
struct wrapper {
	size_t filling;
	uint32_t function_id; /* of the slot, in the policy's BTF */
	size_t at;
};

struct policy_layout {
	size_t n_instructions;
	struct bpf_insn *instructions;
	size_t n_pieces; /* in the order of their positions; each begins with a function */
	struct piece *pieces;
	/*
	 * For the policy and each filling, in the order of `piece.source`: where calls of each function lead, to the
	 * function itself, or to the one that replaces it; POSITION_NONE: nowhere.
	 */
	size_t n_sources;
	size_t *n_functions; /* of each source */
	size_t **positions;
	size_t n_wrappers; /* in the order of their positions, after all pieces */
	struct wrapper *wrappers;
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
