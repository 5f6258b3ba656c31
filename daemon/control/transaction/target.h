// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pins/orphans.h"
#include "daemon/control/transaction/transaction.h"
#include "daemon/state/device.h"

/*
 * The chain of an earlier xdpd that the device runs, and about which nothing is known; NULL: there is none.
 */
const struct orphan *target_orphan(const struct transaction *transaction,
				   const struct target *target);

/* Errors: DeviceBusy if the device runs such a chain. */
int target_check_orphan(const struct transaction *transaction, const struct target *target,
			struct error *error);

/*
 * Sets the only mode in which the device may run from now on; MODE_UNSET: unchanged. Errors: ModeMismatch if
 * it runs in another mode.
 */
int target_choose_mode(struct target *target, enum xdp_mode wanted, struct error *error);

/*
 * Sets the match that identifies the device from now on; NULL: its name does. A match must identify the
 * device now, but for an absent device that cannot be checked. Errors: InvalidArgument.
 */
int target_set_match(struct target *target, const char *match, struct error *error);

/* Is the device released for good? */
bool target_is_given_up(const struct target *target);

/*
 * What the target's device can be rolled back to after the commit; NULL: it has no unconfirmed change.
 */
const struct rollback *target_rollback(const struct transaction *transaction,
				       const struct target *target);

/*
 * Adds a managed device to the targets, without a change to it. `*ret` is the target, also if it was one
 * already. -ENOMEM.
 */
int transaction_add_target(struct transaction *transaction, struct device *device,
			   struct target **ret);
