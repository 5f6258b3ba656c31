// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/* On the loop: the chains that were saved and swapped in become the wanted ones. Cannot fail. */
void transaction_commit(struct transaction *transaction);
