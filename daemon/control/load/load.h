// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * A component of that spec for the entry in the target's wanted chain: one that a chain of another device has
 * or gets for a component of the same owner, or a new one, from the bundle, or, if that is NULL, from the
 * store. So an object is loaded once for many devices, and never shared by two places of one chain, or by two
 * owners. `*ret` is held.
 */
int load_component(const struct transaction *transaction, const struct target *target,
		   const struct entry *entry, const struct component_spec *spec,
		   const struct bundle *bundle, struct component **ret, struct error *error);

/*
 * The same for a policy, which is shared only with other policies. Errors: WrongProgramType if the program
 * cannot have slots.
 */
int load_policy_component(const struct transaction *transaction, const struct target *target,
			  const struct component_spec *spec, const struct bundle *bundle,
			  struct component **ret, struct error *error);

/*
 * Would the target's wanted chain, without `self` (or NULL), accept multi-buffer packets, as far as it is
 * loaded? It would not if it has a component that was loaded for a chain that does not, and that cannot be
 * in another one.
 */
bool load_chain_accepts_frags(const struct target *target, const struct entry *self);

/* What happens to the maps of a component that is replaced. */
struct map_reuse_options {
	bool fresh_maps;       /* none is carried over */
	bool allow_map_change; /* a map whose definition changed is not carried over */
};

/*
 * Replaces the component of the entry in the target's wanted chain by one of that spec: the one that replaced
 * it in the chain of another target, or a new one, from the bundle or the store. A parked component has no
 * policy to be loaded for, and is verified by itself.
 */
int load_successor(const struct transaction *transaction, const struct target *target,
		   struct entry *entry, const struct component_spec *spec,
		   const struct bundle *bundle, struct map_reuse_options reuse,
		   struct error *error);
