// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/* Makes packets run the target's new generation: one update, without a gap. On the worker. */
int swap_in(struct transaction *transaction, struct target *target);

/* Makes devices that were swapped already run their previous generation again. */
void swap_back(struct transaction *transaction);

/*
 * Would the device refuse the new generation because of another XDP program, on it or on a device above or
 * below it? Then sets the same error as swap_in(). On the worker; changes nothing.
 */
int swap_check(struct transaction *transaction, const struct target *target);
