#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Makes what is wanted on every target of a CHANGE_APPLY what it says, loads what is new, and fills the
 * plans of the result. What is as it should be stays as it is; a target where all is stays altogether.
 */
int apply_all(struct transaction *transaction);
