// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/recovery/restore-device.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/control/transaction/bundle.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/kernel/component/restore.h"
#include "daemon/kernel/libxdp/programs.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"
#include "daemon/state/rollback.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int recovery_save_later(struct recovery *recovery, struct device *device, struct error *error)
{
	struct device **longer = reallocarray(recovery->changed, recovery->n_changed + 1,
					      sizeof(*longer));

	if (!longer)
		return error_memory(error);
	recovery->changed = longer;
	for (size_t i = 0; i < recovery->n_changed; i++)
		if (longer[i] == device)
			return 0;
	longer[recovery->n_changed++] = device;
	return 0;
}

void recovery_forget(struct recovery *recovery, const struct device *device)
{
	for (size_t i = 0; i < recovery->n_changed; i++)
		if (recovery->changed[i] == device)
			recovery->changed[i] = recovery->changed[--recovery->n_changed];
}

/*
 * Something that exists but cannot be read now must not be given up as lost: then nothing is taken over, and
 * the next start tries again. Returns 0 for something that no longer exists.
 */
static int unless_gone(int result, struct error *why, struct error *error)
{
	if (result < 0 && errno_is_passing(result)) {
		error_move(error, why);
		return result;
	}
	error_done(why);
	return 0;
}

/*
 * Finds the component if this or another device has restored it already; otherwise restores it from its
 * pins. Held.
 */
static int restore_component(const struct manager *manager, const struct device *device,
			     const struct entry *entry, const struct component_record *loaded,
			     struct component **ret, struct error *error)
{
	struct component *shared = chain_find_loaded(&device->chain, loaded->id)
					   ?: registry_find_loaded(&manager->registry, loaded->id);
	cleanup(bundle_done) struct bundle bundle = {};
	const struct component_spec *spec = &entry->spec;
	int result;

	if (shared) {
		*ret = (struct component *)node_hold(&shared->node);
		return 0;
	}
	result = bundle_fetch(manager->store, spec, &bundle, error);
	if (result < 0 && errno_is_passing(result))
		return result;
	if (result < 0) {
		error_done(error);
		bundle_done(&bundle);
		return component_restore(spec, NULL, loaded, &manager->directories, ret, error);
	}
	return component_restore(spec, bundle_object(&bundle), loaded, &manager->directories, ret,
				 error);
}

/* Components that cannot be taken over are loaded again later. */
static int restore_components(const struct manager *manager, const struct device *device,
			      struct chain *chain, const struct component_record *loaded,
			      struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && chain_nth(chain, i); i++) {
		cleanup(component_release) struct component *component = NULL;
		cleanup(error_done) struct error why = {};
		struct entry *entry = chain_nth(chain, i);

		if (!loaded[i].id)
			continue;
		result = restore_component(manager, device, entry, &loaded[i], &component, &why);
		if (result == 0)
			result = entry_set_component(entry, component, error);
		else
			result = unless_gone(result, &why, error);
	}
	return result;
}

/*
 * Restores the generation with the components of the chain or, if some cannot be taken over, without them;
 * then it will be built again. Without a chain only its counters will be read.
 */
static int restore_generation(const struct manager *manager, const struct device *device,
			      const struct generation_record *record, const struct chain *chain,
			      struct generation **ret, struct error *error)
{
	cleanup(error_done) struct error why = {};
	const struct entry *policy = chain ? chain->policy : NULL;
	struct component *components[ROOTLET_SLOTS];
	bool complete = chain && (!policy || policy->component);
	int result;

	if (!record)
		return 0;
	for (size_t i = 0; complete && i < record->n_members; i++) {
		const struct entry *entry = chain_find_id(chain, record->members[i].id);

		components[i] = entry ? entry->component : NULL;
		complete = components[i];
	}
	result = generation_restore(manager->directories.generations, device->number, record,
				    complete ? components : NULL, policy ? policy->component : NULL,
				    manager->directories.dispatchers, ret, &why);
	return unless_gone(result, &why, error);
}

/*
 * A daemon may have been killed after it had saved a change, but before it swapped it in, or while the device
 * was traced.
 */
static int move_on(struct device *device, uint32_t program_id, struct error *error)
{
	cleanup(error_done) struct error why = {};
	int result;

	if (!device->live)
		return 0;
	if (device->live->rootlet->id == program_id) {
		generation_forget_twin(device->live);
		return 0;
	}
	result = attachment_update(device->attachment, device->live->rootlet->fd, -1,
				   device->ifname, &why);
	attachment_commit(device->attachment);
	if (result == 0)
		generation_forget_twin(device->live);
	if (result < 0 && !errno_is_passing(result))
		generation_release(&device->live);
	return unless_gone(result, &why, error);
}

static int restore_link(const struct manager *manager, struct device *device, struct error *error)
{
	cleanup(error_done) struct error why = {};
	char name[32];
	int result;

	snprintf(name, sizeof(name), "%" PRIu64, device->number);
	result = attachment_restore(manager->directories.devices, name, device->config.mode,
				    &device->attachment, &why);
	return unless_gone(result, &why, error);
}

/*
 * A daemon may have been killed after it had replaced a libxdp dispatcher, but before it removed libxdp's
 * pins.
 */
static void end_adoption(const struct device *device)
{
	if (!device->live || !attachment_foreign_id(device->attachment))
		return;
	libxdp_programs_unpin_stale(device->ifindex, attachment_foreign_id(device->attachment));
	attachment_own(device->attachment);
}

/*
 * A daemon may have been killed after it had saved the release of the device, but before it detached the
 * chain.
 */
static int end_release(const struct manager *manager, struct device *device, struct error *error)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int result = device->netns ? netns_enter(device->netns, &visit, error) : 0;

	if (result == 0 && device->netns)
		result = restore_link(manager, device, error);
	if (result == 0)
		attachment_drop(&device->attachment);
	return result;
}

static int restore_attachment(struct recovery *recovery, struct device *device, struct error *error)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	char ifname[IF_NAMESIZE];
	uint32_t program_id;
	int result;

	if (!device->netns)
		return 0;
	result = netns_enter(device->netns, &visit, error);
	if (result == 0)
		result = restore_link(recovery->manager, device, error);
	if (result == 0 && device->attachment)
		result = attachment_look(device->attachment, &device->ifindex, &program_id, error);
	if (result < 0 || !device->attachment)
		return result;
	if (!device->ifindex) {
		attachment_drop(&device->attachment);
		return 0;
	}
	result = move_on(device, program_id, error);
	if (result < 0)
		return result;
	end_adoption(device);
	if (if_indextoname(device->ifindex, ifname) && strcmp(ifname, device->ifname) != 0) {
		strcpy(device->ifname, ifname);
		recovery_save_later(recovery, device, NULL);
	}
	return 0;
}

static int restore_running(struct recovery *recovery, const struct device_record *record,
			   struct device *device, struct error *error)
{
	const struct manager *manager = recovery->manager;
	struct rollback *rollback = device->rollback;
	int result = restore_components(manager, device, &device->chain, record->loaded, error);

	if (result == 0 && rollback)
		result = restore_components(manager, device, &rollback->chain,
					    record->rollback_loaded, error)
				 ?: restore_generation(manager, device, record->before,
						       &rollback->chain, &rollback->before, error);
	if (result == 0)
		result = restore_generation(manager, device, record->live, &device->chain,
					    &device->live, error)
				 ?: restore_generation(manager, device, record->retiring, NULL,
						       &device->retiring, error);
	if (result == 0 && record->retiring && !device->retiring)
		/* The copy is no longer true. */
		result = recovery_save_later(recovery, device, error);
	if (result == 0)
		result = device_is_released(device) ? end_release(manager, device, error)
						    : restore_attachment(recovery, device, error);
	crash_point("adopt");
	return result;
}

/* `*ret` is NULL if the namespace no longer exists. */
static int find_netns(const struct manager *manager, struct device *device, struct error *error)
{
	cleanup(error_done) struct error why = {};
	int result = manager_get_netns(manager, device->netns_path, &device->netns, &why);

	return unless_gone(result, &why, error);
}

/*
 * Another linker may have built the generation, or there was no room for the pins that libxdp's tools look
 * for.
 */
static void note_unlisted(struct device *device)
{
	const struct generation *live = device->live;

	if (device->config.interop && live && live->n_members && !live->libxdp_pins)
		device->unlisted = strdup("not listed by libxdp's tools: that was not possible "
					  "when the chain was built");
}

static bool is_absent(const struct device *device)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

	return !device->netns || netns_enter(device->netns, &visit, NULL) < 0 ||
	       !device_locate(device);
}

static void end_leases(struct chain *chain)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (chain->entries[i].lease != LEASE_NONE)
			chain->entries[i].lease = LEASE_ENDED;
}

/*
 * The record is from an earlier boot, so what it says about running programs no longer counts, and no client can
 * reconnect. It is saved
 * again when the chain is attached, but that may never be.
 */
static int begin_again(struct recovery *recovery, struct device *device, struct error *error)
{
	end_leases(&device->chain);
	if (device->rollback) {
		end_leases(&device->rollback->chain);
		device->rollback->until = 0;
	}
	return restore_attachment(recovery, device, error)
		       ?: (is_absent(device) ? recovery_save_later(recovery, device, error) : 0);
}

/* A managed device as its record describes it, with its contents; NULL: no memory. */
static struct device *make_device(const struct manager *manager, struct device_record *record)
{
	struct device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->number = record->number;
	device->config = record->config;
	record->config = (struct device_config){};
	device->generation = record->generation;
	snprintf(device->ifname, sizeof(device->ifname), "%s", record->ifname);
	device->chain = record->chain;
	record->chain = (struct chain){};
	device->attach_type = manager->linker->attach_type;
	device->netns_path = steal(record->netns);
	device->rollback = steal(record->rollback);
	return device;
}

/* New devices and rollbacks get higher numbers than those of the record. */
static void reserve_numbers(struct manager *manager, const struct device *device)
{
	if (device->number > manager->last_number)
		manager->last_number = device->number;
	if (device->rollback && device->rollback->change > manager->last_rollback)
		manager->last_rollback = device->rollback->change;
}

static int restore(struct recovery *recovery, const struct device_record *record,
		   struct device *device, struct error *error)
{
	const struct manager *manager = recovery->manager;
	int result = find_netns(manager, device, error);

	if (result < 0)
		return result;
	if (strcmp(record->boot, state_directory_boot(manager->state)) != 0)
		return begin_again(recovery, device, error);
	if (record->attach_type >= 0)
		device->attach_type = record->attach_type;
	result = restore_running(recovery, record, device, error);
	note_unlisted(device);
	return result;
}

int recovery_restore(struct recovery *recovery, struct device_record *record, struct error *error)
{
	struct manager *manager = recovery->manager;
	cleanup(device_record_done) struct device_record owned = *record;
	struct device *device;
	int result;

	*record = (struct device_record){};
	result = registry_reserve(&manager->registry, 1, error);
	if (result < 0)
		return result;
	device = make_device(manager, &owned);
	if (!device)
		return error_memory(error);
	reserve_numbers(manager, device);
	result = restore(recovery, &owned, device, error);
	if (result < 0)
		error_prefix(error, "cannot take over what runs on %s: ", device->ifname);
	registry_add(&manager->registry, device);
	return result;
}
