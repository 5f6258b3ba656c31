#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Loads the bound components of the wanted chain anew, with their maps, if the device may be another one
 * than that they were loaded for. One that cannot be is a reason to refuse a change; otherwise it is
 * noted as failed, and the chain runs without it.
 */
int rebind(struct transaction *transaction, struct target *target);
