#pragma once

#include "daemon/control/transaction/transaction.h"

/* On the loop: what is saved and runs becomes what is wanted. Cannot fail. */
void transaction_commit(struct transaction *transaction);
