#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Loads, from the store, what is wanted on the target and not loaded. What cannot be loaded says why
 * in its entry, and is no failure; `*ret_loaded`: something was.
 */
int load_missing(struct transaction *transaction, struct target *target, bool *ret_loaded);
