#pragma once

#include "daemon/control/transaction/transaction.h"

/* What the transaction is about, a phrase for the log, to be freed; NULL: no memory. Before it begins. */
char *transaction_describe(const struct transaction *transaction);

/* The same for a change that is called by that name. */
char *change_describe(const char *name, const struct change *change);
