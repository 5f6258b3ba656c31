// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Derives the wanted chain of every target from its present one and the change: fills `wanted` and `release`,
 * and loads the component that is attached unless it is loaded already. On the worker; changes nothing that
 * packets or the loop can see.
 */
int transaction_edit(struct transaction *transaction);
