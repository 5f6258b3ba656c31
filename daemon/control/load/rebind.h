#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Loads the bound components of the wanted chain again, with their maps, if the device may be another one
 * than they were loaded for. A component that cannot be loaded is a reason to refuse a change; otherwise it
 * is noted as failed, and the chain runs without it.
 */
int rebind(struct transaction *transaction, struct target *target);
