#pragma once

#include "daemon/control/edit/apply-options.h"
#include "daemon/control/transaction/transaction.h"

/*
 * The kind of change that says all that is to run on devices. Makes what is wanted on every target what it says, loads what is new, and fills the
 * plans of the result. What is as it should be stays as it is; a target where all is stays altogether.
 */
int apply_edit(struct transaction *transaction);
