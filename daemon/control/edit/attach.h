#pragma once

#include "daemon/control/transaction/transaction.h"

/* What CHANGE_ATTACH wants on its targets, loaded. */
int attach_all(struct transaction *transaction);
