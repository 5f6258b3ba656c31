// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Finds the devices of the transaction, managed already or not, each once, in their namespaces. On the
 * worker.
 */
int find_targets(struct transaction *transaction);
