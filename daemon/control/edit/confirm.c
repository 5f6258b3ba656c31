// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/confirm.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/control/load/load-missing.h"
#include "daemon/control/transaction/target.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/find-device.h"
#include "daemon/state/registry.h"
#include "daemon/state/rollback.h"

#include <string.h>

static int add_all_of(struct transaction *transaction, uint64_t change)
{
	const struct registry *registry = &transaction->manager->registry;
	struct target *target;
	int result = 0;

	for (size_t i = 0; result == 0 && i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->rollback && device->rollback->change == change)
			result = transaction_add_target(transaction, device, &target);
	}
	return result;
}

static int find_named(struct transaction *transaction, const char *ifname)
{
	const struct device *device = find_device(&transaction->manager->registry,
						  transaction->change->netns, ifname);

	if (device && device->rollback)
		return add_all_of(transaction, device->rollback->change);
	return error_set(&transaction->error, ERROR_NONE_UNCONFIRMED, -ENOENT,
			 "%s has no unconfirmed change (changes that were not confirmed in time "
			 "have been rolled back)",
			 ifname);
}

static int find_all(struct transaction *transaction)
{
	const struct registry *registry = &transaction->manager->registry;
	const char *netns = transaction->change->netns;
	int result = 0;

	for (size_t i = 0; result == 0 && i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		if (device->rollback && (!netns || same_netns(netns, device->netns_path)))
			result = add_all_of(transaction, device->rollback->change);
	}
	if (result < 0 || transaction->n_targets > 0)
		return result;
	return error_set(&transaction->error, ERROR_NONE_UNCONFIRMED, -ENOENT,
			 "there is no unconfirmed change (changes that were not confirmed in time "
			 "have been rolled back)");
}

/* An earlier change in the queue may have confirmed it, or given it more time. */
static int find_overdue(struct transaction *transaction)
{
	const struct device *next = registry_next_rollback(&transaction->manager->registry);

	if (!next || rollback_due(next->rollback) > rollback_now())
		return 0;
	return add_all_of(transaction, next->rollback->change);
}

int confirm_find(struct transaction *transaction)
{
	const struct change *change = transaction->change;
	const struct confirm_options *options = change->options;
	int result = 0;

	if (options->overdue)
		return find_overdue(transaction);
	if (!change->n_devices)
		return find_all(transaction);
	for (size_t i = 0; result == 0 && i < change->n_devices; i++)
		result = find_named(transaction, change->devices[i].ifname);
	return result;
}

int confirm_check(const struct transaction *transaction, const struct target *target)
{
	const struct change *change = transaction->change;
	struct error *error = &((struct transaction *)transaction)->error;

	if (change->confirm && change->kind->is_final)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "adopt cannot be combined with --confirm: it takes apart what %s "
				 "runs now, which could not be restored",
				 target->ifname);
	if (change->confirm || change->kind->is_about_unconfirmed ||
	    change->kind->keeps_unconfirmed || change->dry_run || !target->device->rollback)
		return 0;
	return error_set(error, ERROR_UNCONFIRMED, -EBUSY,
			 "%s has an unconfirmed change; keep it with 'xdpctl confirm', roll it "
			 "back with 'xdpctl revert', or use --confirm to add this change to it",
			 target->ifname);
}

/* A device whose release was unconfirmed is now released for good. */
int confirm_edit(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		target->release = device_is_released(target->device);
	}
	return 0;
}

/*
 * The previous generation, with its counters at zero, because their values are in the totals. NULL: the
 * chain must be built again. That is also true for a chain that is bound to its device: the device may have
 * disappeared meanwhile, and a link would accept the chain on another device.
 */
static struct generation *take_up(const struct target *target)
{
	struct generation *before = rollback_generation(target->device->rollback);

	if (!before || before == target->device->live || chain_find_bound(&target->wanted) ||
	    counters_reset(before->rootlet->counters_fd, before->rootlet->n_rows) < 0)
		return NULL;
	crash_point("take-up");
	return (struct generation *)node_hold(&before->node);
}

/* Numbers of attachments are never used again, because counters belong to them. */
static int revert(struct transaction *transaction, struct target *target)
{
	const struct rollback *rollback = target->device->rollback;
	uint64_t last_id = target->wanted.last_id;
	bool loaded = false;
	int result;

	target->stays = false;
	target->generation++;
	result = device_config_copy(&rollback->config, &target->config, &transaction->error);
	if (result < 0)
		return result;
	chain_done(&target->wanted);
	target->release = !rollback->was_ours;
	if (target->release)
		return 0;
	result = chain_copy(&rollback->chain, &target->wanted, &transaction->error);
	if (result < 0)
		return result;
	target->wanted.last_id = last_id;
	if (!target->ifindex)
		return 0;
	result = load_missing(transaction, target, &loaded);
	if (result == 0 && !loaded)
		target->built = take_up(target);
	return result;
}

int confirm_edit_revert(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = revert(transaction, &transaction->targets[i]);
	return result;
}

/* Adds the devices whose unconfirmed change also changed one of the targets. */
static int add_companions(struct transaction *transaction)
{
	size_t n_targets = transaction->n_targets;
	int result = 0;

	for (size_t i = 0; result == 0 && i < n_targets; i++) {
		const struct rollback *rollback = transaction->targets[i].device->rollback;

		if (rollback)
			result = add_all_of(transaction, rollback->change);
	}
	for (size_t i = n_targets; result == 0 && i < transaction->n_targets; i++)
		result = chain_copy(&transaction->targets[i].device->chain,
				    &transaction->targets[i].wanted, &transaction->error);
	return result;
}

static int keep_before(struct transaction *transaction, struct target *target)
{
	struct rollback *rollback;
	int result = device_rollback_new(target->device, target->is_new, &rollback,
					 &transaction->error);

	if (result < 0)
		return result;
	rollback->change = transaction->manager->last_rollback;
	rollback->released = target->stays ? device_is_released(target->device) : target->release;
	target->rollback = rollback;
	if (target->stays && !target->device->rollback)
		generation_release(&rollback->before); /* it runs on */
	return 0;
}

int confirm_keep_before(struct transaction *transaction)
{
	int result = 0;

	if (!transaction->change->confirm)
		return 0;
	transaction->manager->last_rollback++;
	result = add_companions(transaction);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (!target->untouched || target->device->rollback)
			result = keep_before(transaction, target);
	}
	return result;
}

void confirm_start(struct transaction *transaction)
{
	uint64_t seconds = transaction->change ? transaction->change->confirm : 0;
	uint64_t until = rollback_now() + seconds * 1000000;

	if (transaction->change && transaction->change->kind->keeps_unconfirmed)
		return;
	for (size_t i = 0; i < transaction->n_targets; i++)
		if (transaction->targets[i].rollback)
			transaction->targets[i].rollback->until = until;
	for (size_t i = 0; i < transaction->result.n_devices; i++)
		transaction->result.devices[i].confirm_within = seconds;
}
