// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/recovery/recovery.h"

#include "base/cleanup.h"
#include "daemon/control/pins/stale-pins.h"
#include "daemon/control/recovery/choice.h"
#include "daemon/control/transaction/save.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <stdlib.h>

/*
 * The device no longer exists, or exists again without our link, so it starts without a generation.
 */
static bool is_unattached(const struct device *device)
{
	return device->live && !device->attachment;
}

static int fold(struct recovery *recovery, struct device *device, struct error *error)
{
	int result = 0;

	while (result == 0 && (device->retiring || is_unattached(device))) {
		struct generation *folded;

		if (!device->retiring)
			device->retiring = steal(device->live);
		device_fold(device, &folded, NULL);
		/* Until the counts are saved; then its pins are removed as stale. */
		generation_keep_pins(folded);
		generation_release(&folded);
		result = recovery_save_later(recovery, device, error);
	}
	return result;
}

static int fold_all(struct recovery *recovery, struct error *error)
{
	struct manager *manager = recovery->manager;
	const struct registry *registry = &manager->registry;
	bool waited = false;
	int result = 0;

	for (size_t i = 0; result == 0 && i < registry->n_devices; i++) {
		if (registry->devices[i]->retiring && !waited)
			waited = grace_period_wait(&manager->grace_period, NULL) == 0;
		result = fold(recovery, registry->devices[i], error);
	}
	if (result == 0)
		result = save_devices(manager, recovery->n_changed, recovery->changed, error);
	return result;
}

static bool needs_object(void *userdata, const char *sha256)
{
	return registry_needs_object(userdata, sha256);
}

/* Components whose objects are lost still run, but cannot be loaded again. */
static void report_lost_objects(const struct recovery *recovery)
{
	const struct manager *manager = recovery->manager;
	const struct entry *entry, *first = NULL;
	const char *ifname = NULL, *netns = NULL;
	size_t n_lost = 0;

	for (size_t i = 0; i < manager->registry.n_devices; i++) {
		const struct device *device = manager->registry.devices[i];

		for (size_t j = 0; (entry = chain_nth(&device->chain, j)); j++) {
			if (!*entry->spec.sha256 || store_has(manager->store, entry->spec.sha256))
				continue;
			ifname = n_lost ? ifname : device->ifname;
			netns = n_lost ? netns : device->netns_path;
			first = n_lost++ ? first : entry;
		}
	}
	if (n_lost)
		events_report_device(
			recovery->events, LOG_EVENT_DAMAGED, ifname, netns,
			"%zu component%s cannot be loaded again, as after a reboot, because the "
			"object is no longer in the object store; the first is '%s' on %s; "
			"'xdpctl replace' supplies one, 'xdpctl apply' all of a device; 'xdpctl "
			"verify' lists them",
			n_lost, n_lost == 1 ? "" : "s", first->name, ifname);
}

int recovery_run(struct manager *manager, struct events *events, struct error *error)
{
	struct recovery recovery = { .manager = manager, .events = events };
	int result = recovery_restore_all(&recovery, error);

	if (result == 0)
		result = fold_all(&recovery, error);
	if (result == 0)
		report_lost_objects(&recovery);
	free(recovery.changed);
	pinned_devices_done(&recovery.pinned);
	if (result < 0)
		return result;
	stale_pins_remove(&manager->registry, &manager->orphans, &manager->directories);
	if (!recovery.is_incomplete) /* else missing records may need the objects */
		object_store_remove_unneeded(manager->store, needs_object, &manager->registry);
	return 0;
}
