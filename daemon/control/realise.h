#pragma once

#include "daemon/control/transaction.h"

/*
 * Builds the generation that realises the target's wanted chain, beside what the device runs. On the
 * worker; packets see nothing of it.
 */
int realise(struct transaction *transaction, struct target *target);
