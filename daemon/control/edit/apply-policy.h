#pragma once

#include "daemon/control/edit/apply-options.h"
#include "daemon/control/transaction/transaction.h"

/*
 * The policy of that device of the apply, the target's, and what it changes in the plan. The chain is still
 * the one before: who has no place in the rootlet that is wanted is parked.
 */
int apply_policy(struct transaction *transaction, size_t number, struct target *target,
		 struct plan *plan);
