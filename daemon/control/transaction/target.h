#pragma once

#include "daemon/control/pins/orphans.h"
#include "daemon/control/transaction/transaction.h"
#include "daemon/state/device.h"

/* The chain of an earlier xdpd that it runs, and of which nothing is known; NULL: none. */
const struct orphan *target_orphan(const struct transaction *transaction,
				   const struct target *target);

/* DeviceBusy if it does. */
int target_check_orphan(const struct transaction *transaction, const struct target *target,
			struct error *error);

/*
 * From now on it must run in that mode and in no other; MODE_UNSET: unchanged. ModeMismatch if it runs in
 * another mode.
 */
int target_choose_mode(struct target *target, enum xdp_mode wanted, struct error *error);

/*
 * From now on that match identifies the device, NULL: its name does. A match must identify the device now; an
 * absent device cannot be checked. InvalidArgument if it does not.
 */
int target_set_match(struct target *target, const char *match, struct error *error);

/* Is the device released for good? */
bool target_is_given_up(const struct target *target);

/* What the target's device goes back to when the transaction is committed; NULL: it stays. */
const struct rollback *target_rollback(const struct transaction *transaction,
				       const struct target *target);

/*
 * Adds a device of ours to the targets, unchanged unless the caller changes it. `*ret` is the target, also if
 * it is one already. -ENOMEM.
 */
int transaction_add_target(struct transaction *transaction, struct device *device,
			   struct target **ret);
