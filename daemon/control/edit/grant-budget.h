// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * After the edit: are the components of the owners of a limited client within the budgets of their grants, on all
 * devices together? A change that makes less of what is above the budget is allowed. Errors: LimitExceeded.
 */
int grant_budget_check(const struct transaction *transaction, struct error *error);

/* During the edit: is what the change has added so far within the budget of the grant? Errors: LimitExceeded. */
int grant_budget_check_new(const struct transaction *transaction, const struct grant *grant,
			   struct error *error);
