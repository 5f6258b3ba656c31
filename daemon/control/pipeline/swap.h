#pragma once

#include "daemon/control/transaction/transaction.h"

/* Makes packets run what was built for the target: one update, without a gap. On the worker. */
int swap_in(struct transaction *transaction, struct target *target);

/* Devices that were swapped already run again what they ran before. */
void swap_back(struct transaction *transaction);

/*
 * Would the device refuse what was built for it because of another XDP program, on it or on a device
 * above or below it? Then the same error as from swap_in(). On the worker; changes nothing.
 */
int swap_check(struct transaction *transaction, const struct target *target);
