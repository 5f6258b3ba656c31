// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/check/moved-code.h"

/*
 * Claims the instructions of a policy and of the components in its slots: calls of a slot reach the component in
 * it, or its wrapper, calls of a function that a component needs reach the policy's, and all else is unchanged.
 * `traced` has the blocks of instructions that trace, which are claimed already; NULL: there are none.
 */
int policy_claim(struct program *program, const struct checked_part *parts, size_t n_parts,
		 const struct checked_chain *traced);
