// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Loads the bound components of the wanted chain again, with their maps, if the device may differ from the
 * one they were loaded for. If a component cannot be loaded, a change is refused; otherwise the failure is
 * noted, and the chain runs without the component.
 */
int rebind(struct transaction *transaction, struct target *target);
