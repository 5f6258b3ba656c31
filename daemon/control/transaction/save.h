#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/transaction.h"
#include "daemon/state/device.h"

/* Keeps what a transaction makes of its devices on disk: before it is swapped in, and after. */

/*
 * Writes what is wanted, and what will run it: from here on a daemon that is killed and started again goes
 * forward. Also writes it beside what runs or will run; where a device is released, RECORD_RELEASED replaces
 * its record.
 */
int save_begin(struct transaction *transaction);

/* Writes what was there before again, since the swap failed. */
void save_undo(struct transaction *transaction);

/* Writes that the generations before are folded into the totals and gone. */
int save_end(struct transaction *transaction, struct error *error);

/* Is the device of the registry on the disk as it is? */
bool save_is_current(const struct manager *manager, const struct device *device);

/* The same for the copy beside what the device runs, which is live; and writes that copy. */
bool saving_copy_is_current(const struct manager *manager, const struct device *device);
int saving_copy(const struct manager *manager, const struct device *device, struct error *error);

/* Writes devices of the registry as they are, and beside what they run. */
int save_devices(struct manager *manager, size_t n_devices, struct device *const *devices,
		 struct error *error);
