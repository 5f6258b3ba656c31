// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Loads from the store what is wanted on the target and not loaded. If a component cannot be loaded, its
 * entry says why, and that is no failure; `*ret_loaded`: something was loaded.
 */
int load_missing(struct transaction *transaction, struct target *target, bool *ret_loaded);
