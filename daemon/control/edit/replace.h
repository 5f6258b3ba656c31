#pragma once

#include "daemon/control/transaction/transaction.h"

/* What CHANGE_REPLACE wants on its targets, loaded. */
int replace_all(struct transaction *transaction);
