// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/transaction/retire.h"

#include "base/cleanup.h"
#include "daemon/control/pins/backup-pins.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/control/pins/stale-pins.h"
#include "daemon/control/transaction/save.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

/* Removes the object from the store, unless a component in a chain is made of it. */
static void remove_unneeded(const struct manager *manager, const char *sha256)
{
	if (*sha256 && !registry_needs_object(&manager->registry, sha256))
		object_store_remove(manager->store, sha256);
}

/*
 * Until then the backup pins hold generations that no longer run, or never did. If they cannot be updated,
 * xdpd continues without.
 */
static void update_backup_pins(const struct transaction *transaction)
{
	int backup_pins = transaction->manager->backup_pins;

	for (size_t i = 0; backup_pins >= 0 && i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];

		if (target->orphan)
			backup_pins_remove(backup_pins, target->orphan);
		if (target->device && target->is_new)
			backup_pins_remove(backup_pins, target->device->number);
		else if (target->device)
			backup_pins_update(backup_pins, target->device, NULL);
	}
}

void transaction_undo(struct transaction *transaction)
{
	const struct manager *manager = transaction->manager;

	for (size_t i = 0; i < transaction->n_bundles; i++) {
		const struct bundle *bundle = &transaction->bundles[i];

		remove_unneeded(manager, bundle->object.sha256);
		for (size_t j = 0; j < bundle->n_libraries; j++)
			remove_unneeded(manager, bundle->libraries[j].sha256);
	}
	update_backup_pins(transaction);
	for (size_t i = 0; i < transaction->n_targets; i++)
		target_done(&transaction->targets[i]);
}

bool transaction_has_run(const struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++)
		if (transaction->targets[i].ran)
			return true;
	return false;
}

void transaction_retire(struct transaction *transaction)
{
	commit_attachments(&transaction->manager->registry);
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target->ran && target->built)
			target->device->retiring = steal(target->built);
	}
}

void transaction_wait(struct transaction *transaction)
{
	struct manager *manager = transaction->manager;
	bool ran_before = !transaction->committed;

	for (size_t i = 0; transaction->committed && i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		ran_before |= target->release || target->device->retiring;
		attachment_drop(&target->attachment);
		if (target->release)
			attachment_drop(&target->device->attachment);
		if (target->dispatcher)
			libxdp_programs_unpin(target->dispatcher);
		if (target->orphan)
			orphan_release(&manager->directories, target->orphan);
	}
	if (ran_before)
		grace_period_wait(&manager->grace_period, NULL);
}

void transaction_fold(struct transaction *transaction)
{
	struct error *error = transaction->committed ? &transaction->error : NULL;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (transaction->committed && target->device->attachment)
			attachment_own(target->device->attachment);
		if (!target->is_new)
			device_fold(target->device, &target->old, error);
	}
}

/* Many chains have the same object, so one that equals `*last` is not looked at again. */
static void remove_objects_of(const struct manager *manager, const struct chain *chain,
			      const struct component_spec **last)
{
	for (size_t i = 0; chain_nth(chain, i); i++) {
		const struct component_spec *spec = &chain_nth(chain, i)->spec;

		if (*last && component_spec_equal(*last, spec))
			continue;
		*last = spec;
		remove_unneeded(manager, spec->sha256);
		for (size_t j = 0; j < spec->n_libraries; j++)
			remove_unneeded(manager, spec->libraries[j].sha256);
	}
}

/* Removes the objects that only the retired components needed. */
static void remove_objects(const struct transaction *transaction)
{
	const struct manager *manager = transaction->manager;
	const struct component_spec *last = NULL;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];
		const struct rollback *rollback = target->is_new ? target->device->rollback
								 : target->old_rollback;

		remove_objects_of(manager,
				  target->is_new ? &target->device->chain : &target->old_chain,
				  &last);
		if (rollback)
			remove_objects_of(manager, &rollback->chain, &last);
	}
}

/*
 * A generation whose counts could not be saved keeps its pins: the record says that the counts are still to
 * be added, and the next daemon adds them.
 */
static void save_counts(struct transaction *transaction)
{
	struct error *error = transaction->committed ? &transaction->error : NULL;

	if ((!error || error->id == ERROR_NONE) && save_end(transaction, error) == 0)
		return;
	for (size_t i = 0; i < transaction->n_targets; i++)
		if (transaction->targets[i].old)
			generation_keep_pins(transaction->targets[i].old);
}

void transaction_let_go(struct transaction *transaction)
{
	const struct manager *manager = transaction->manager;
	bool is_swept = false;

	save_counts(transaction);
	if (!transaction->committed) {
		transaction_undo(transaction);
		return;
	}
	remove_objects(transaction);
	update_backup_pins(transaction);
	for (size_t i = 0; i < transaction->n_targets; i++) {
		is_swept |= transaction->targets[i].orphan;
		target_done(&transaction->targets[i]);
	}
	if (is_swept)
		stale_pins_remove(&manager->registry, &manager->orphans, &manager->directories);
}
