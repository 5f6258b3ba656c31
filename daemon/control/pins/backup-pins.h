#pragma once

#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

/*
 * A second set of the pins of all that our devices run, in a bpffs that is mounted nowhere. It lives as long
 * as a process has `fd`, of its root directory, open; the service manager does so beyond the end of this
 * process. It is a net below the ordinary pins, which anybody with the rights can remove. Below the root
 * there is a directory for each device, with the device's number for a name.
 */

/*
 * Restores in `directories` what is pinned in the backup set alone, before anything is taken over. Errors: of
 * the first pin that could not be restored; the others are.
 */
int backup_pins_restore(int fd, const struct pin_directories *directories, struct error *error);

/* Adds the pins of a chain that is about to be swapped in. What fails is left out. */
void backup_pins_add(int fd, uint64_t device, const struct chain *chain,
		     const struct generation *live, const struct attachment *attachment);

/* Replaces the copy of the record by the one that is pinned beside what the device runs now. */
void backup_pins_add_note(int fd, const struct device *device);

/* Makes the backup pins of the device match what it runs and has loaded now. */
int backup_pins_update(int fd, const struct device *device, struct error *error);

/* Takes them away. */
void backup_pins_remove(int fd, uint64_t device);

/* Removes those of all devices that are neither in the registry nor orphans. */
void backup_pins_remove_stale(int fd, const struct registry *registry,
			      const struct orphans *orphans);
