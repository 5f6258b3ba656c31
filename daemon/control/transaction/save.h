// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/transaction.h"
#include "daemon/state/device.h"

/* Writes what a transaction changes to disk, before the swap and after it. */

/*
 * Writes the wanted chains, and the generations that will run them: from here on a daemon that is killed
 * continues the change after a restart. Also writes a copy beside each generation that runs or will run; for
 * a released device that is RECORD_RELEASED.
 */
int save_begin(struct transaction *transaction);

/* Writes the previous state again after the swap failed. */
void save_undo(struct transaction *transaction);

/*
 * Writes that the counts of the previous generations are part of the totals, and that these generations are
 * gone.
 */
int save_end(struct transaction *transaction, struct error *error);

/* Does the record on disk describe the device as it is in the registry? */
bool save_is_current(const struct manager *manager, const struct device *device);

/* The same for the copy beside the running generation, and writes that copy. */
bool saving_copy_is_current(const struct manager *manager, const struct device *device);
int saving_copy(const struct manager *manager, const struct device *device, struct error *error);

/*
 * Writes the records of devices as they are in the registry, and the copies beside their generations.
 */
int save_devices(struct manager *manager, size_t n_devices, struct device *const *devices,
		 struct error *error);
