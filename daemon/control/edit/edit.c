// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The checks that all kinds of change share. What a kind wants is in the file of its name. */
#include "daemon/control/edit/edit.h"

#include "base/cleanup.h"
#include "daemon/control/edit/confirm.h"
#include "daemon/control/edit/grant-check.h"
#include "daemon/control/edit/interop.h"
#include "daemon/control/edit/policy.h"

#include <string.h>

static int check_generation(const struct change *change, const struct target *target,
			    struct error *error)
{
	uint64_t number = target->device->generation;

	if (!change->has_expect_generation || change->expect_generation == number)
		return 0;
	return error_set(error, ERROR_GENERATION_CHANGED, -ESTALE,
			 "%s is at generation %llu, not %llu as expected", target->ifname,
			 (unsigned long long)number, (unsigned long long)change->expect_generation);
}

/* The kernel allows a tail call to a multi-buffer program only from a multi-buffer program. */
static int check_frags(const struct target *target, const struct entry *last, struct error *error)
{
	const struct chain *wanted = &target->wanted;

	for (size_t i = 0; last->component->frags && i < wanted->n_entries; i++) {
		const struct component *component = wanted->entries[i].component;

		if (!wanted->entries[i].parked && component && !component->frags)
			return error_set(
				error, ERROR_INVALID_ARGUMENT, -EINVAL,
				"on %s, '%s' does not accept multi-buffer packets (its section is "
				"not xdp.frags), but '%s', which is run by a tail call, does; "
				"supply the object of the latter with 'xdpctl replace'",
				target->ifname, wanted->entries[i].name, last->name);
	}
	return 0;
}

/* A tail call does not return, so no component can run after it. */
static int check_tail_calls(const struct target *target, struct error *error)
{
	const struct chain *wanted = &target->wanted;
	const struct entry *last = chain_last(wanted);

	for (size_t i = 0; last && i < wanted->n_entries; i++) {
		const struct entry *entry = &wanted->entries[i];

		if (!entry_is_tail_called(entry))
			continue;
		if (entry->settings.forbidden)
			return error_set(
				error, ERROR_INVALID_ARGUMENT, -EOPNOTSUPP,
				"on %s, the verdicts of '%s' cannot be restricted, because it is "
				"run by a tail call; supply its object with 'xdpctl replace'",
				target->ifname, entry->name);
		if (entry == last)
			return check_frags(target, entry, error);
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "on %s, '%s' cannot run after '%s', which is run by a tail call; "
				 "give it a priority below 65535 (--prio), or supply the object of "
				 "the latter with 'xdpctl replace'",
				 target->ifname, last->name, entry->name);
	}
	return 0;
}

static int edit(struct transaction *transaction)
{
	const struct change_kind *kind = transaction->change->kind;

	return kind->edit ? kind->edit(transaction) : 0;
}

static int check_interop(struct transaction *transaction, const struct target *target)
{
	if (target->release)
		return 0;
	return interop_check(transaction->manager, target, target->asks_interop,
			     &transaction->error);
}

/* The wanted chain starts as that of the device. */
static int begin_target(struct transaction *transaction, struct target *target)
{
	const struct device *device = target->device;
	struct error *error = &transaction->error;

	target->generation = device->generation + !target->stays;
	return check_generation(transaction->change, target, error)
		       ?: confirm_check(transaction, target)
		       ?: device_config_copy(&device->config, &target->config, error)
		       ?: chain_copy(&device->chain, &target->wanted, error);
}

/* What must hold for each wanted chain, whatever has been edited. */
static int check_target(struct transaction *transaction, struct target *target)
{
	const struct chain *before = &target->device->chain;
	struct error *error = &transaction->error;

	return chain_withdraw_map_permissions(&target->wanted, before, error)
		       ?: policy_check_all(target, error)
		       ?: check_tail_calls(target, error)
		       ?: check_interop(transaction, target);
}

int transaction_edit(struct transaction *transaction)
{
	struct error *error = &transaction->error;
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = begin_target(transaction, &transaction->targets[i]);
	if (result == 0)
		result = grant_check_targets(transaction, error);
	if (result == 0)
		result = edit(transaction);
	if (result == 0)
		result = grant_check_edit(transaction, error);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = check_target(transaction, &transaction->targets[i]);
	return result < 0 ? result : confirm_keep_before(transaction);
}
