// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/transaction/commit.h"

#include "base/cleanup.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/control/transaction/signing.h"
#include "daemon/control/transaction/target.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <assert.h>
#include <string.h>

static const struct chain empty_chain;

/* The orphan is removed from the list here; the worker detaches its chain from the device. */
static void commit_orphan(struct manager *manager, struct target *target)
{
	const struct orphan *orphan = NULL;

	if (target->netns)
		orphan = orphans_find(&manager->orphans, target->netns->path, target->ifindex);
	if (!orphan)
		return;
	target->orphan = orphan->number;
	orphans_remove(&manager->orphans, orphan);
}

/* A released device leaves the registry, and the transaction owns it. */
static void commit_release(struct manager *manager, struct target *target)
{
	if (target->is_new) {
		commit_orphan(manager, target);
		return;
	}
	registry_take(&manager->registry, target->device);
	target->is_new = true;
}

/* The twin of a generation that no longer runs goes, too; if anybody traces the device, it gets another one. */
static void let_go_of_twin(struct target *target)
{
	struct device *device = target->device;

	if (!device->twin)
		return;
	generation_forget_twin(device->live);
	target->old_twin = steal(device->twin);
	device->twin_is_stale = true;
}

/* The wanted chain of the device becomes the new one, whether or not it runs. */
static void commit_wanted(struct target *target)
{
	struct device *device = target->device;

	target->old_chain = device->chain;
	device->chain = target->wanted;
	target->wanted = empty_chain;
	for (size_t i = 0; chain_nth(&device->chain, i); i++)
		if (chain_nth(&device->chain, i)->component)
			component_keep_names(chain_nth(&device->chain, i)->component);
	device->generation = target->generation;
	device_config_done(&device->config);
	device->config = target->config;
	target->config = (struct device_config){};
	if (!target->built)
		return;
	free(device->unlisted);
	device->unlisted = steal(target->unlisted);
	free(device->lost_redirects);
	device->lost_redirects = steal(target->lost_redirects);
	let_go_of_twin(target);
	device->retiring = device->live;
	device->live = steal(target->built);
	if (target->attachment)
		device->attachment = steal(target->attachment);
	free(steal(device->failure));
}

/* Sets what the device will be rolled back to, if it is unconfirmed. */
static void commit_rollback(struct target *target)
{
	target->old_rollback = target->device->rollback;
	target->device->rollback = target->rollback;
	target->rollback = NULL;
}

/*
 * The previous generation is kept only until the last packet has left it, and its counts are saved.
 */
static void let_go_of_live(struct target *target)
{
	struct device *device = target->device;

	let_go_of_twin(target);
	device->retiring = steal(device->live);
	target->attachment = steal(device->attachment);
}

/* The device is absent from now on, or exists again. */
static void commit_place(const struct transaction *transaction, struct target *target)
{
	struct manager *manager = transaction->manager;
	struct device *device = target->device;

	if (transaction_only_lets_go(transaction) || target->release)
		let_go_of_live(target);
	target->was_absent = !device->ifindex;
	strcpy(target->old_ifname, device->ifname);
	if (transaction->kind == TRANSACTION_LINK)
		strcpy(device->ifname, transaction->ifname);
	if (target->is_new) {
		device->netns = steal(target->netns);
		registry_add(&manager->registry, device);
	} else if (device->ifindex != target->ifindex || device->netns != target->netns)
		registry_move(&manager->registry, device, &target->netns, target->ifindex);
	target->is_new = false;
}

void transaction_commit(struct transaction *transaction)
{
	assert(transaction->error.id == ERROR_NONE);
	transaction->committed = true;
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target_is_given_up(target)) {
			commit_release(transaction->manager, target);
			continue;
		}
		if (!transaction_only_lets_go(transaction))
			commit_wanted(target);
		commit_place(transaction, target);
		if (transaction->kind == TRANSACTION_CHANGE)
			commit_rollback(target);
		target->swapped = false;
	}
	signing_commit(transaction);
	commit_attachments(&transaction->manager->registry);
}
