#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/linkers/blueprint.h"

/*
 * Says in the blueprint who of that chain, which is the target's, can run: its components, in order, in
 * `placements`, and its policy. Their names are the chain's. Errors: BadState if the policy cannot be
 * loaded.
 */
int place_components(struct transaction *transaction, const struct target *target,
		     const struct chain *chain, struct blueprint *blueprint,
		     struct placement placements[static ROOTLET_SLOTS]);
