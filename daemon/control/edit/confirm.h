// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Changes that are rolled back unless they are confirmed: `--confirm` with any change, and two kinds of
 * change. Rolling back is an edit like any other, to the chains that were wanted before.
 *
 * The model is NETCONF's confirmed commit (RFC 6241, 8.4). A change of a device that has an unconfirmed
 * change is refused, because it would confirm the earlier change, which another user may rely on to be
 * rolled back. With its own --confirm it joins the earlier change: both get a new time, and both are rolled
 * back to the state before the first.
 */

/* Two kinds of change: an unconfirmed change stays, or it is rolled back. */
struct confirm_options {
	bool overdue; /* only one change whose time is over, if there is one */
};

/*
 * Makes the devices of these two kinds of change targets: the named devices, or all devices with an
 * unconfirmed change, and with each device all that were changed together with it. Errors:
 * NothingUnconfirmed if there are none, except for a change that rolls back an overdue one.
 */
int confirm_find(struct transaction *transaction);

/* May this change be made to the target? Unconfirmed if it would confirm an earlier one. */
int confirm_check(const struct transaction *transaction, const struct target *target);

/* Edit the targets for these two kinds of change. */
int confirm_edit(struct transaction *transaction);
int confirm_edit_revert(struct transaction *transaction);

/*
 * For change->confirm: all targets keep what was wanted before until the time is over. Devices that share an
 * unconfirmed change with a target become targets, too; only their time changes.
 */
int confirm_keep_before(struct transaction *transaction);

/* Starts the time of the change: from here on it is saved, and then swapped in. */
void confirm_start(struct transaction *transaction);
