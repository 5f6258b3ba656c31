#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Finds the devices that the change of the transaction is of, ours or not yet, each once, in their
 * namespaces. On the worker.
 */
int find_targets(struct transaction *transaction);
