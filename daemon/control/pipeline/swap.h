#pragma once

#include "daemon/control/transaction/transaction.h"

/* From here on packets run what was built for the target: one update, without a gap. On the worker. */
int swap_in(struct transaction *transaction, struct target *target);

/* Those that were swapped already run again what they ran before. */
void swap_back(struct transaction *transaction);
