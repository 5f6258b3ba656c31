// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/edit/apply-options.h"
#include "daemon/control/transaction/transaction.h"

/*
 * The kind of change that specifies everything that should run on devices. Turns the wanted chain of each
 * target into the specified one, loads new components, and fills the plans of the result. Components that
 * already match stay, and a target on which everything matches is not touched.
 */
int apply_edit(struct transaction *transaction);

/*
 * Adds the devices that have components or settings of the owner in whose name the change is made, and that the change does not name.
 */
int apply_find_more(struct transaction *transaction);

/* Writes the owner for the log. */
void apply_describe(const void *options, FILE *text);
