// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/codegen/layout.h"
#include "daemon/linkers/fused/policy-layout.h"

/*
 * Traces a policy: in front of the program in `policy` comes a function that decides who records the packet, calls
 * the policy, and records what it returns; invalid verdicts become aborted. So the policy is the only
 * component of a chain, with index 0. The wrappers of components in its slots are in the program already. `policy`
 * gets the longer program; `ret` its place and all blocks that trace, but no instructions. Makes no system call.
 * -ENOMEM; -ERANGE if jumps would be too long. Free with layout_done().
 */
int policy_trace(const struct trace_plan *plan, const struct filling *fillings,
		 struct policy_layout *policy, struct layout *ret);
