#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * From what is wanted now, and the change, to what is wanted then: fills `wanted` and `release` of
 * every target, and loads the component that is attached unless it is loaded already. On the
 * worker; changes nothing that packets or the loop can see.
 */
int transaction_edit(struct transaction *transaction);
