// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * If the wanted chain of the target does not accept multi-buffer packets, loads those of its components
 * again that were loaded for one that does, and that have maps that hold programs (object/extension.h). They
 * keep the entries of these maps. Errors: as with load_successor().
 */
int refit_components(const struct transaction *transaction, struct target *target,
		     struct error *error);
