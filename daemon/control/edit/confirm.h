#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Changes that are rolled back unless they are confirmed: `--confirm` with any change, and two kinds of
 * change. Rolling back is an edit like any other, to what was wanted on the devices before.
 *
 * The model is NETCONF's confirmed commit (RFC 6241, 8.4). A change of a device that has an unconfirmed
 * change is refused, because it would confirm what another user may wait to lose. With --confirm of its own
 * it joins the first change: there is a new time for both, and both are rolled back to what was before the
 * first.
 */

/* Two kinds of change: an unconfirmed change stays, or it is rolled back. */
struct confirm_options {
	bool overdue; /* one change whose time is over, if there is one */
};

/*
 * Makes the devices of these two kinds of change targets: those named, or all devices with an unconfirmed
 * change, and with each device all that were changed with it. NothingUnconfirmed if there are none, unless
 * the change is about one whose time is over.
 */
int confirm_find(struct transaction *transaction);

/* May this change be made to the target? Unconfirmed if it would confirm an earlier one. */
int confirm_check(const struct transaction *transaction, const struct target *target);

/* What these two kinds of change want on their targets. */
int confirm_edit(struct transaction *transaction);
int confirm_edit_revert(struct transaction *transaction);

/*
 * For change->confirm: all targets keep what was wanted before until the time is over. Devices that share an
 * unconfirmed change with a target become targets, too; only their time changes.
 */
int confirm_keep_before(struct transaction *transaction);

/* Starts the time of the change: from here on it is saved, and then swapped in. */
void confirm_start(struct transaction *transaction);
