// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/edit/apply-options.h"
#include "daemon/control/transaction/transaction.h"

/*
 * Gives the target the policy that the apply specifies, and adds the difference to the plan. The chain is
 * still the previous one: a component without a place in the new rootlet is parked.
 */
int apply_policy(struct transaction *transaction, size_t number, struct target *target,
		 struct plan *plan);
