#pragma once

#include "daemon/control/edit/apply-options.h"
#include "daemon/control/transaction/transaction.h"

/*
 * Makes the policy of the target what the apply says, and adds what changes to the plan. The chain is still
 * the one before: a component that has no place in the wanted rootlet is parked.
 */
int apply_policy(struct transaction *transaction, size_t number, struct target *target,
		 struct plan *plan);
