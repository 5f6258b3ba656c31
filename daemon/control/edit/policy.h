// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Policies, which are rootlets of the user's own, and which components have a place in them. An entry with a
 * slot has its place in a policy that has that slot with the signature of its program; an entry without a
 * slot has its place in xdpd's own rootlet. On the worker; nothing that packets or the loop can see is
 * changed.
 */

/*
 * Makes the program of the bundle the policy of the target. Each component that has a place in it gets that
 * place, also if it was parked. Errors: InvalidArgument names all components that no longer have a place,
 * unless `park` parks them.
 */
int policy_set(const struct transaction *transaction, struct target *target,
	       const struct component_spec *spec, const struct bundle *bundle, bool park,
	       struct error *error);

/* The same for xdpd's own rootlet. */
int policy_clear(const struct transaction *transaction, struct target *target, bool park,
		 struct error *error);

/*
 * Can the program of the bundle have its place on the target: the slot, or, if that is NULL, a place in the
 * chain? If not, InvalidArgument says why. `is_replaced` is the component that leaves the slot, or NULL.
 */
int policy_check_place(const struct target *target, const char *slot, const struct bundle *bundle,
		       const struct entry *is_replaced, struct error *error);

/*
 * Does the policy of the target offer the functions that the component needs (policy-offers.h)? Else InvalidArgument
 * with the component, the function, and what to do.
 */
int policy_check_offers(const struct target *target, const struct entry *entry,
			struct error *error);

/* Does each component of the target that is not parked have a place in the wanted rootlet? */
int policy_check_all(const struct target *target, struct error *error);

/*
 * A policy decides order and verdicts itself: InvalidArgument if the target has a policy, or the entry, which
 * may be NULL, is for a slot.
 */
int policy_check_order(const struct target *target, const struct entry *entry, struct error *error);

/*
 * The choice without the priority and the proceed set of its object, which mean nothing in a slot. A NULL
 * slot: the component is in a chain, and keeps them.
 */
struct program_choice policy_choice(const struct program_choice *choice, const char *slot);

/* Two kinds of change: a policy becomes the rootlet of devices, or, without a source, xdpd's own rootlet does. */
struct policy_options {
	struct program_source source;
	bool park; /* components without a place in it are parked */
};

/* Functions of struct change_kind for these two kinds of change. */
void policy_options_done(void *options);
int policy_edit_set(struct transaction *transaction);
int policy_edit_clear(struct transaction *transaction);
int policy_name_set(const struct transaction *transaction, const struct target *target, char **ret);
int policy_name_cleared(const struct transaction *transaction, const struct target *target,
			char **ret);
