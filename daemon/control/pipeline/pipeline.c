/*
 * The part of a transaction that the worker does before anything is committed: what is wanted, what
 * runs it, and the swap, or all of it undone.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/control/edit/confirm.h"
#include "daemon/control/edit/edit.h"
#include "daemon/control/load/load-missing.h"
#include "daemon/control/pins/backup-pins.h"
#include "daemon/control/pins/map-pins.h"
#include "daemon/control/pipeline/find-targets.h"
#include "daemon/control/pipeline/link.h"
#include "daemon/control/pipeline/reply.h"
#include "daemon/control/pipeline/swap.h"
#include "daemon/control/recovery/verify.h"
#include "daemon/control/test/test.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/retire.h"
#include "daemon/control/transaction/save.h"
#include "daemon/control/transaction/transaction.h"
#include "daemon/kernel/netdev.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int abandoned(struct transaction *transaction)
{
	if (!atomic_load(&transaction->abandoned))
		return 0;
	return error_set(
		&transaction->error, ERROR_INTERNAL, -ECANCELED,
		"the request was abandoned: its client disconnected, or the daemon is stopping");
}

static int edit_change(struct transaction *transaction)
{
	int result = find_targets(transaction);
	size_t n_devices = transaction->n_targets;

	if (result == 0)
		result = transaction_edit(transaction);
	return result < 0 ? result : reply_begin(transaction, n_devices);
}

/* Of the other kinds: the device is still ours, and its chain is wanted as it is. */
static int find_device(struct transaction *transaction)
{
	const struct registry *registry = &transaction->manager->registry;
	struct target *target = &transaction->targets[0];
	struct device *device = registry_find_number(registry, transaction->number);

	if (!device)
		return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "xdpd no longer manages %s", transaction->ifname);
	transaction->n_targets = 1;
	*target = (struct target){
		.ifname = transaction->ifname,
		.ifindex = device->ifindex,
		.device = device,
		.generation = device->generation,
		.interop = device->interop,
		.mode = device->mode,
	};
	if (device->netns)
		target->netns = (struct netns *)node_hold(&device->netns->node);
	return chain_copy(&device->chain, &target->wanted, &transaction->error);
}

/* Where the device is, and what it is called; an ifindex of 0 if it is nowhere. */
static int locate(struct transaction *transaction, struct target *target)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int result = 0;

	if (!target->netns && manager_get_netns(transaction->manager, target->device->netns_path,
						&target->netns, NULL) < 0)
		return 0;
	result = netns_enter(target->netns, &visit, &transaction->error);
	if (result < 0)
		return result;
	if (!target->ifindex)
		target->ifindex = device_locate(target->device);
	if (target->ifindex)
		if_indextoname(target->ifindex, transaction->ifname); /* else it just went away */
	return 0;
}

/* The device may have come, or have another name; and something may still have to be loaded. */
static int edit_to_link(struct transaction *transaction)
{
	struct target *target = &transaction->targets[0];
	bool loaded = false;
	int result = find_device(transaction);

	if (result == 0)
		result = locate(transaction, target);
	if (result == 0)
		result = load_missing(transaction, target, &loaded);
	if (result < 0)
		return result;
	target->stays = !target->ifindex || (target->device->live && !loaded) ||
			device_is_released(target->device);
	target->generation += !target->stays;
	return 0;
}

/* A namespace whose name is gone is let go with its devices. */
static int edit_to_leave(struct transaction *transaction)
{
	struct target *target = &transaction->targets[0];
	int result = find_device(transaction);

	target->ifindex = 0;
	if (target->netns && !netns_is_named(target->netns))
		netns_release(&target->netns);
	return result;
}

static int edit_targets(struct transaction *transaction)
{
	switch (transaction->kind) {
	case TRANSACTION_CHANGE:
		return edit_change(transaction);
	case TRANSACTION_FUSE:
	case TRANSACTION_LOST:
		return find_device(transaction);
	case TRANSACTION_LINK:
		return edit_to_link(transaction);
	case TRANSACTION_GONE:
		return edit_to_leave(transaction);
	}
	return -EINVAL;
}

static bool builds(const struct target *target)
{
	return target->ifindex && !target->release && !target->stays;
}

static int build_all(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++) {
		if (builds(&transaction->targets[i]) && !transaction->targets[i].built)
			result = link_generation(transaction, &transaction->targets[i]);
		crash_point("build");
		if (result == 0)
			result = abandoned(transaction);
	}
	return result;
}

static int swap_all(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		if (builds(&transaction->targets[i]))
			result = swap_in(transaction, &transaction->targets[i]);
	if (result < 0)
		swap_back(transaction);
	return result;
}

/* A record may be on the disk already when saving it fails. */
static int save_and_swap(struct transaction *transaction)
{
	int result = save_begin(transaction);

	if (result == 0)
		result = swap_all(transaction);
	if (result < 0)
		save_undo(transaction);
	return result;
}

/* The chain whose maps are pinned already; NULL: who knows what is there. */
static const struct chain *pinned_chain(const struct transaction *transaction,
					const struct target *target)
{
	const struct device *device = target->device;
	bool is_there = target->ifindex && target->ifindex == device->ifindex && !target->is_new;

	return is_there && transaction->kind == TRANSACTION_CHANGE ? &device->chain : NULL;
}

/* Maps are found by the names that devices and components have from now on. */
static void pin_maps(struct transaction *transaction)
{
	const struct manager *manager = transaction->manager;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];
		const struct device *device = target->device;
		const char *ifname = transaction->kind == TRANSACTION_LINK ? transaction->ifname
									   : device->ifname;
		cleanup(error_done) struct error error = {};

		if (!target->ifindex && !map_pins_belong_to(&manager->registry, device))
			continue;
		if (target->release || strcmp(ifname, device->ifname) != 0)
			map_pins_remove(&manager->directories, device->netns_path, device->ifname);
		if (!target->release &&
		    map_pins_update(&manager->directories, device->netns_path, ifname,
				    &target->wanted, pinned_chain(transaction, target),
				    &error) < 0 &&
		    i < transaction->result.n_devices)
			reply_add_note(&transaction->result.devices[i],
				       strdup(error.message ?: "out of memory"));
		crash_point("map-pins");
	}
}

static bool is_test(const struct transaction *transaction)
{
	return transaction->kind == TRANSACTION_CHANGE && transaction->change->kind == CHANGE_TEST;
}

static bool is_rehearsal(const struct transaction *transaction)
{
	return transaction->kind == TRANSACTION_CHANGE && change_is_dry_run(transaction->change);
}

/* It could be done; nothing is left of it but what is to be said about it. */
static void end_rehearsal(struct transaction *transaction)
{
	crash_point("rehearsal");
	transaction_undo(transaction);
	transaction->n_targets = 0;
	while (transaction->result.n_devices > 0)
		device_result_done(&transaction->result.devices[--transaction->result.n_devices]);
}

/* Before packets run it, but for the link of a new device, which is there only then. */
static void add_backup_pins(const struct transaction *transaction)
{
	int backup_pins = transaction->manager->backup_pins;

	for (size_t i = 0; backup_pins >= 0 && i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];
		const struct device *device = target->device;

		if (target->built)
			backup_pins_add(backup_pins, device->number, &target->wanted, target->built,
					target->attachment ?: device->attachment);
	}
}

static void add_backup_links(const struct transaction *transaction)
{
	static const struct chain none;
	int backup_pins = transaction->manager->backup_pins;

	for (size_t i = 0; backup_pins >= 0 && i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];

		if (target->attachment)
			backup_pins_add(backup_pins, target->device->number, &none, NULL,
					target->attachment);
	}
}

void transaction_build(struct transaction *transaction)
{
	int result;

	if (transaction->error.id != ERROR_NONE)
		return;
	if (transaction->kind == TRANSACTION_CHANGE && transaction->change->kind == CHANGE_VERIFY) {
		verify_run(transaction->manager, transaction->change->verify.repair,
			   &transaction->result, &transaction->error);
		return;
	}
	result = edit_targets(transaction);
	if (result == 0 && transaction_only_lets_go(transaction))
		return;
	if (result == 0)
		result = is_test(transaction) ? packet_tests_run(transaction)
					      : build_all(transaction);
	if (result == 0 && is_rehearsal(transaction)) {
		end_rehearsal(transaction);
		return;
	}
	for (size_t i = 0; result == 0 && i < transaction->n_bundles; i++)
		result = bundle_keep(&transaction->bundles[i], transaction->manager->store,
				     &transaction->error);
	confirm_start(transaction);
	if (result == 0) {
		add_backup_pins(transaction);
		result = save_and_swap(transaction);
	}
	if (result == 0)
		add_backup_links(transaction);
	if (result == 0 && transaction->kind == TRANSACTION_CHANGE)
		reply_end(transaction);
	if (result == 0 && transaction->kind != TRANSACTION_FUSE)
		pin_maps(transaction);
	if (result < 0 && !transaction_has_run(transaction))
		transaction_undo(transaction);
}
