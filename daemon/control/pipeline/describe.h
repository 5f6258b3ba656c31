// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * A phrase for the log that describes the transaction before it begins, to be freed; NULL: no memory.
 */
char *transaction_describe(const struct transaction *transaction);

/* The same for a change of that name. */
char *change_describe(const char *name, const struct change *change);
