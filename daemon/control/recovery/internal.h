#pragma once

#include "daemon/control/recovery/pinned-devices.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"
#include "daemon/state/device.h"

/* What the files of recovery share. */
struct recovery {
	struct manager *manager;
	struct events *events;
	struct pinned_devices pinned;
	bool is_incomplete; /* more may be wanted than what is known */
	size_t n_changed;
	struct device **changed; /* their records are to be written again */
};

/* The record of the device is written again when all devices are known. -ENOMEM. */
int recovery_save_later(struct recovery *recovery, struct device *device, struct error *error);

/* It is not written again, and may go. */
void recovery_forget(struct recovery *recovery, const struct device *device);

/* Makes what a record describes a device of ours; takes the record, also on failure. */
int recovery_restore(struct recovery *recovery, struct device_record *record, struct error *error);

/*
 * Restores all devices for which there is a record or a pin. A table in docs/operations.md says which of both
 * is used, and what is left alone.
 */
int recovery_restore_all(struct recovery *recovery, struct error *error);
