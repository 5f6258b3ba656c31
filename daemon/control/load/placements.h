// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/linkers/blueprint.h"

/*
 * Puts the components of the chain, which is the target's, that can run into the blueprint: in `placements`,
 * in order, and the policy. Their names belong to the chain. Errors: BadState if the policy cannot be
 * loaded.
 */
int place_components(struct transaction *transaction, const struct target *target,
		     const struct chain *chain, struct blueprint *blueprint,
		     struct placement placements[static ROOTLET_SLOTS]);
