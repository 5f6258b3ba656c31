// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/component.h"
#include "object/signature.h"

/*
 * The slots of a policy: all global functions that its program calls. Each of them can be replaced, so
 * authors make a function static if it should not be a slot.
 */
struct policy_slots {
	struct btf *btf; /* of the policy, as the kernel has it */
	size_t n_items;
	struct signature *items; /* in the order of the policy's instructions */
};

/*
 * Reads them from a loaded policy; free with policy_slots_done(). Errors: BadObject if it has none, or if its
 * functions are unknown (as on kernels without BTF).
 */
int policy_slots_read(const struct component *policy, struct policy_slots *ret,
		      struct error *error);
void policy_slots_done(struct policy_slots *slots);

/*
 * The slot of that name. Errors: InvalidArgument with the names of the slots, or with the reason why that
 * function is not a slot.
 */
int policy_slots_find(const struct policy_slots *slots, const char *name,
		      const struct signature **ret, struct error *error);

/* Their names as a phrase, like "'a', 'b' and 'c'", to be freed; NULL: no memory. */
char *policy_slots_list(const struct policy_slots *slots);
