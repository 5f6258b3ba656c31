// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/recovery/choice.h"

#include "base/cleanup.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Replaces the device's record on disk by the copy. */
static int restore_from_copy(struct recovery *recovery, struct pinned_device *pinned,
			     struct error *error)
{
	uint64_t number = pinned->number;
	int result;

	pinned->is_known = true;
	pinned->has_copy = false;
	recovery->is_incomplete = true;
	result = recovery_restore(recovery, &pinned->copy, error);
	if (result < 0)
		return result;
	return recovery_save_later(
		recovery, registry_find_number(&recovery->manager->registry, number), error);
}

static int leave_alone(struct recovery *recovery, struct pinned_device *pinned, const char *why,
		       struct error *error)
{
	struct orphans *orphans = &recovery->manager->orphans;
	const struct orphan *item;
	int result;

	pinned->is_known = true;
	recovery->is_incomplete = true;
	if (!pinned->ifindex)
		return 0;
	result = pinned_device_leave(pinned, why, &recovery->manager->directories, orphans, error);
	if (result < 0)
		return result;
	item = &orphans->items[orphans->n_items - 1];
	events_report_device(recovery->events, LOG_EVENT_UNKNOWN,
			     *item->name.ifname ? item->name.ifname : NULL, item->name.netns, "%s",
			     item->sentence);
	return 0;
}

/* The record is older than what runs, or belongs to another device that had the number before. */
static int replace_record(struct recovery *recovery, const struct device_record *record,
			  struct pinned_device *pinned, struct error *error)
{
	const struct device_record *copy = &pinned->copy;

	events_report_device(
		recovery->events, LOG_EVENT_RESTORED, copy->ifname, copy->netns,
		"%s: the record 'devices/%" PRIu64 ".json' (of %s, generation %" PRIu64
		") is not of the chain that %s runs (generation %" PRIu64
		"), for example because it is from a backup; the chain is kept, with the "
		"copy of its "
		"own record "
		"in the kernel, and the file is kept in the directory 'damaged'",
		copy->ifname, record->number, record->ifname, record->generation, copy->ifname,
		copy->generation);
	state_set_aside(recovery->manager->state, record->number);
	return restore_from_copy(recovery, pinned, error);
}

static int refuse_record(struct recovery *recovery, const struct device_record *record,
			 struct pinned_device *pinned, struct error *error)
{
	cleanup(freep) char *why = NULL;

	state_set_aside(recovery->manager->state, record->number);
	if (asprintf(
		    &why,
		    "its record is of %s, and %s, so the record is kept in the directory 'damaged'",
		    record->ifname, pinned->why ?: "there is no copy of it in the kernel") < 0)
		why = NULL;
	return leave_alone(recovery, pinned, why ?: "out of memory", error);
}

/*
 * What the device runs cannot be taken over, so the chain of the record will be built and will replace it.
 */
static void report_replaced(const struct recovery *recovery, const struct pinned_device *pinned,
			    const struct device_record *record)
{
	const struct manager *manager = recovery->manager;

	if (!pinned->ifindex || pinned->has_copy ||
	    record_is_pinned(record, state_directory_boot(manager->state), &manager->directories))
		return;
	events_report_device(
		recovery->events, LOG_EVENT_RESTORED, record->ifname, record->netns,
		"%s: what it runs is not what its record describes, and there is no copy "
		"of the record in the kernel; the chain of the record is built, and "
		"replaces what runs in one step",
		record->ifname);
}

/* The device's link was lost with its pins, or was never attached. */
static void report_unattached(const struct recovery *recovery, const struct device_record *record)
{
	bool was_attached = record->live && record->ifindex &&
			    !strcmp(record->boot, state_directory_boot(recovery->manager->state));

	if (was_attached)
		events_report_device(
			recovery->events, LOG_EVENT_RESTORED, record->ifname, record->netns,
			"%s: no XDP link of it is pinned, so no packet ran its chain until "
			"now; the chain "
			"is attached as soon as the device exists",
			record->ifname);
}

/*
 * The copy of the record says that the device was released, or cannot be read, so it is written again.
 */
static int write_copy(struct recovery *recovery, const struct pinned_device *pinned,
		      struct error *error)
{
	struct device *device;

	device = registry_find_number(&recovery->manager->registry, pinned->number);
	return !pinned->has_copy && device->live ? recovery_save_later(recovery, device, error) : 0;
}

/* Takes the record, also on failure. */
static int take_record(void *userdata, struct device_record *record, struct error *error)
{
	struct recovery *recovery = userdata;
	const struct manager *manager = recovery->manager;
	struct pinned_device *pinned = pinned_devices_find(&recovery->pinned, record->number);
	cleanup(device_record_done) struct device_record owned = *record;
	int result;

	*record = (struct device_record){};
	if (!pinned) {
		report_unattached(recovery, &owned);
		return recovery_restore(recovery, &owned, error);
	}
	switch (pinned_device_choose(pinned, &owned, state_directory_boot(manager->state),
				     &manager->directories)) {
	case PINNED_RECORD:
		pinned->is_known = true;
		report_replaced(recovery, pinned, &owned);
		result = recovery_restore(recovery, &owned, error);
		return result < 0 ? result : write_copy(recovery, pinned, error);
	case PINNED_COPY:
		return replace_record(recovery, &owned, pinned, error);
	case PINNED_NEITHER:
		return refuse_record(recovery, &owned, pinned, error);
	}
	return -EINVAL;
}

static void take_damaged(void *userdata, uint64_t number, const char *sentence)
{
	struct recovery *recovery = userdata;
	struct manager *manager = recovery->manager;
	struct pinned_device *pinned = pinned_devices_find(&recovery->pinned, number);

	recovery->is_incomplete = true;
	events_report_device(recovery->events, LOG_EVENT_DAMAGED, NULL, NULL,
			     "%s; it is kept in the directory 'damaged'", sentence);
	if (number > manager->last_number)
		manager->last_number = number;
	if (pinned)
		/* The release was not completed, because there still is a record. */
		pinned->is_released = false;
	else if (number)
		events_report_device(recovery->events, LOG_EVENT_DAMAGED, NULL, NULL,
				     "what is wanted on device %" PRIu64
				     " is not known, and it runs nothing of xdpd; "
				     "attach its components again",
				     number);
}

/*
 * A record without pins of its own would be attached in place of another record that names the same device.
 */
static int drop_double(struct recovery *recovery, const struct pinned_device *pinned)
{
	struct registry *registry = &recovery->manager->registry;
	const struct device *known = registry_find_number(registry, pinned->number);
	struct device *other = registry_find_absent(registry, known->netns_path, known->ifname);

	if (!known->ifindex || !other || other->config.match ||
	    pinned_devices_find(&recovery->pinned, other->number))
		return 0;
	events_report_device(
		recovery->events, LOG_EVENT_RESTORED, known->ifname, known->netns_path,
		"%s: the record 'devices/%" PRIu64
		".json' is of this device, too, but not of what it runs; the file is kept in the "
		"directory 'damaged'",
		known->ifname, other->number);
	state_set_aside(recovery->manager->state, other->number);
	recovery_forget(recovery, other);
	registry_take(registry, other);
	device_drop(&other);
	return 0;
}

/* Restores a device that runs a chain, but has no usable record. */
static int restore_lost(struct recovery *recovery, struct pinned_device *pinned,
			struct error *error)
{
	int result;

	/*
	 * An adoption that was neither saved nor swapped in has changed nothing, so its pins are stale.
	 */
	if (pinned->is_known || pinned->is_released || pinned->is_foreign)
		return 0;
	if (!pinned->has_copy)
		return leave_alone(recovery, pinned,
				   pinned->why
					   ?: "its record is lost, and so is the copy of it in "
					      "the kernel",
				   error);
	events_report_device(
		recovery->events, LOG_EVENT_RESTORED, pinned->copy.ifname, pinned->copy.netns,
		"%s: its record is lost or damaged; the chain is kept, and was restored from the "
		"copy of the record in the kernel",
		pinned->copy.ifname);
	result = restore_from_copy(recovery, pinned, error);
	return result < 0 ? result : drop_double(recovery, pinned);
}

int recovery_restore_all(struct recovery *recovery, struct error *error)
{
	struct manager *manager = recovery->manager;
	const struct state_reader reader = { take_record, take_damaged, recovery };
	int result = pinned_devices_read(&manager->directories, &recovery->pinned, error);

	if (result == 0)
		result = state_directory_load(manager->state, &reader, error);
	for (size_t i = 0; result == 0 && i < recovery->pinned.n_items; i++)
		result = restore_lost(recovery, &recovery->pinned.items[i], error);
	if (recovery->pinned.last_number > manager->last_number)
		manager->last_number = recovery->pinned.last_number;
	return result;
}
