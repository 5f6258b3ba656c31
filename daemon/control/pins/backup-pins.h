// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

/*
 * A second set of pins for everything that our devices run, in a bpffs that is not mounted anywhere. It
 * exists as long as a process has `fd`, of its root directory, open; the service manager keeps it open after
 * this process has ended. It is a safety net for the ordinary pins, which any process with the rights can
 * remove. Below the root each device has a directory, named by the device's number.
 */

/*
 * Restores in `directories` all pins that exist only in the backup set, before anything is taken over.
 * Returns the error of the first pin that could not be restored; the others are restored.
 */
int backup_pins_restore(int fd, const struct pin_directories *directories, struct error *error);

/*
 * Adds the pins of a chain that is about to be swapped in. Pins that cannot be added are left out.
 */
void backup_pins_add(int fd, uint64_t device, const struct chain *chain,
		     const struct generation *live, const struct attachment *attachment);

/*
 * Replaces the copy of the record by the one that is pinned beside the device's present generation.
 */
void backup_pins_add_note(int fd, const struct device *device);

/* Makes the backup pins of the device match what it runs and has loaded now. */
int backup_pins_update(int fd, const struct device *device, struct error *error);

/* Removes the backup pins of the device. */
void backup_pins_remove(int fd, uint64_t device);

/* Removes the backup pins of all devices that are neither in the registry nor orphans. */
void backup_pins_remove_stale(int fd, const struct registry *registry,
			      const struct orphans *orphans);
