// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * After the edit: are the components of the owners of a limited client within the budgets of their grants, on all
 * devices together? A change that makes less of what is above the budget is allowed. Errors: LimitExceeded.
 */
int grant_budget_check(const struct transaction *transaction, struct error *error);
