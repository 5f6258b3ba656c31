// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Builds the generation that runs the target's wanted chain, beside what the device runs. On the
 * worker; packets see nothing of it.
 */
int link_generation(struct transaction *transaction, struct target *target);
