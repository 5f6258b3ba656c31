// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * A suspended device runs an empty rootlet: packets bypass its chain, and all components stay loaded. What
 * is wanted is still the chain, so other changes of it are made, and packets run it after a resume.
 */

/* The two kinds of change. A device that is suspended, or resumed, already is not changed. */
int suspend_edit(struct transaction *transaction);
int resume_edit(struct transaction *transaction);

/* A note for users who change the chain of a suspended device, to be freed; NULL: no memory. */
char *suspend_note(const char *ifname);
