#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Loads the components of the target's wanted chain again that were loaded for one that accepts multi-buffer packets,
 * if this one does not and they have maps that take programs (object/extension.h). They keep the entries of these maps.
 * Errors: as with load_successor().
 */
int refit_components(const struct transaction *transaction, struct target *target,
		     struct error *error);
