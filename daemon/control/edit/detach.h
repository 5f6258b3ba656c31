#pragma once

#include "daemon/control/transaction/transaction.h"

/* What CHANGE_DETACH wants on its targets. */
int detach_all(struct transaction *transaction);
