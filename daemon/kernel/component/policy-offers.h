// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/component.h"
#include "object/signature.h"

/*
 * Functions that a policy offers to the components in its slots (bpf/include/offer.h): those of its program that are
 * marked and static. A component that needs one has a function of that name, which only stands for it.
 */
struct policy_offers {
	struct btf *btf; /* of the policy, as the kernel has it */
	size_t n_items;
	struct offer {
		struct signature signature;
		size_t function; /* its number in the policy's code */
	} * items;		 /* in the order of the policy's instructions */
};

/*
 * Reads them from a loaded policy; it may have none. Free with policy_offers_done(). Errors: OutOfMemory;
 * BadState if the policy's functions are unknown.
 */
int policy_offers_read(const struct component *policy, struct policy_offers *ret,
		       struct error *error);
void policy_offers_done(struct policy_offers *offers);

/* The function of the component itself runs, and none of the policy. */
#define OFFER_NONE ((size_t)-1)

/*
 * For each function of the component's code the number of the policy's function that it stands for, or OFFER_NONE.
 * The caller frees `*ret`; it is NULL if the component needs no function. `policy`: NULL if it is in no slot of one.
 * Errors: InvalidArgument with the component, the function, and what to do.
 */
int policy_offers_resolve(const struct component *policy, const struct component *component,
			  size_t **ret, struct error *error);

/* policy_offers_resolve() without the result. */
int policy_offers_check(const struct component *policy, const struct component *component,
			struct error *error);
