// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/recovery/pinned-devices.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"
#include "daemon/state/device.h"

/* The recovery that runs: what is known of all devices, and what is left to do for them. */
struct recovery {
	struct manager *manager;
	struct events *events;
	struct pinned_devices pinned;
	bool is_incomplete; /* records may be missing */
	size_t n_changed;
	struct device **changed; /* devices whose records must be written again */
};

/* Writes the record of the device again when all devices are known. -ENOMEM. */
int recovery_save_later(struct recovery *recovery, struct device *device, struct error *error);

/* The record of the device need not be written again; the device may be freed. */
void recovery_forget(struct recovery *recovery, const struct device *device);

/* Makes a managed device from the record. Takes the record, also on failure. */
int recovery_restore(struct recovery *recovery, struct device_record *record, struct error *error);
