// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/transaction/transaction.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"
#include "daemon/state/rollback.h"

#include <string.h>
#include <time.h>

int transaction_new(struct manager *manager, struct change *change, struct transaction **ret,
		    struct error *error)
{
	struct transaction *transaction = calloc(1, sizeof(*transaction));

	if (transaction) {
		transaction->targets = calloc(change->n_devices, sizeof(*transaction->targets));
		transaction->result.devices = calloc(change->n_devices,
						     sizeof(*transaction->result.devices));
	}
	if (!transaction || !transaction->targets || !transaction->result.devices) {
		transaction_drop(&transaction);
		change_drop(&change);
		return error_memory(error);
	}
	transaction->job.error = &transaction->error;
	transaction->manager = manager;
	transaction->change = change;
	transaction->result.kind = change->kind;
	*ret = transaction;
	return 0;
}

void transaction_begin(struct transaction *transaction)
{
	size_t n_new = transaction->change ? transaction->change->n_devices : 0;

	transaction->signing = signing_rules_copy(&transaction->manager->signing.rules);
	transaction->begun_at = clock_usec(CLOCK_MONOTONIC);
	registry_reserve(&transaction->manager->registry, n_new, &transaction->error);
}

bool transaction_only_lets_go(const struct transaction *transaction)
{
	return transaction->kind == TRANSACTION_GONE || transaction->kind == TRANSACTION_LOST;
}

int transaction_new_for_device(struct manager *manager, enum transaction_kind kind,
			       const struct device *device, struct transaction **ret,
			       struct error *error)
{
	struct transaction *transaction = calloc(1, sizeof(*transaction));

	if (transaction)
		transaction->targets = calloc(1, sizeof(*transaction->targets));
	if (!transaction || !transaction->targets) {
		transaction_drop(&transaction);
		return error_memory(error);
	}
	transaction->job.error = &transaction->error;
	transaction->kind = kind;
	transaction->manager = manager;
	transaction->number = device->number;
	strcpy(transaction->ifname, device->ifname);
	*ret = transaction;
	return 0;
}

/* The device is freed first, so that no packet runs a generation while it is freed. */
void target_done(struct target *target)
{
	attachment_drop(&target->attachment);
	if (target->dispatcher)
		libxdp_programs_done(target->dispatcher);
	free(steal(target->dispatcher));
	if (target->is_new)
		device_drop(&target->device);
	generation_release(&target->built);
	generation_release(&target->old);
	generation_release(&target->old_twin);
	chain_done(&target->wanted);
	chain_done(&target->old_chain);
	rollback_drop(&target->rollback);
	rollback_drop(&target->old_rollback);
	netns_release(&target->netns);
	device_config_done(&target->config);
	free(steal(target->unlisted));
	free(steal(target->unfused));
	free(steal(target->lost_redirects));
}

void transaction_drop(struct transaction **p)
{
	struct transaction *transaction = steal(*p);

	if (!transaction)
		return;
	for (size_t i = 0; i < transaction->n_targets; i++)
		target_done(&transaction->targets[i]);
	free(transaction->targets);
	for (size_t i = 0; i < transaction->n_bundles; i++)
		bundle_done(&transaction->bundles[i]);
	free(transaction->bundles);
	signing_rules_done(&transaction->signing);
	strings_done(&transaction->warnings);
	change_result_done(&transaction->result);
	error_done(&transaction->error);
	change_drop(&transaction->change);
	free(transaction);
}

void commit_attachments(const struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++)
		if (registry->devices[i]->attachment)
			attachment_commit(registry->devices[i]->attachment);
}

bool transaction_is_swapped(const struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++)
		if (transaction->targets[i].swapped && transaction->targets[i].built)
			return true;
	return false;
}
