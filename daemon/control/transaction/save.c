// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/transaction/save.h"

#include "base/cleanup.h"
#include "daemon/control/pins/backup-pins.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/target.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"

#include <string.h>

/* Records that are about to be written. */
struct batch {
	size_t n_changes;
	struct record_change *changes;
};

static void batch_done(struct batch *batch)
{
	for (size_t i = 0; i < batch->n_changes; i++)
		free(batch->changes[i].text);
	free(batch->changes);
}

static int batch_init(struct batch *batch, size_t n_max, struct error *error)
{
	batch->changes = calloc(n_max + 1, sizeof(*batch->changes));
	return batch->changes ? 0 : error_memory(error);
}

static int batch_add(struct batch *batch, const struct manager *manager,
		     const struct device_record_view *view, struct error *error)
{
	char *text = device_record_encode(view, state_directory_boot(manager->state));

	if (!text)
		return error_memory(error);
	batch->changes[batch->n_changes++] = (struct record_change){ view->number, text };
	return 0;
}

static void batch_add_removal(struct batch *batch, uint64_t number)
{
	batch->changes[batch->n_changes++] = (struct record_change){ number, NULL };
}

static const struct record_change *batch_find(const struct batch *batch, uint64_t number)
{
	for (size_t i = 0; i < batch->n_changes; i++)
		if (batch->changes[i].number == number)
			return &batch->changes[i];
	return NULL;
}

static int batch_save(const struct batch *batch, const struct manager *manager, struct error *error)
{
	return batch->n_changes ? state_directory_save(manager->state, batch->n_changes,
						       batch->changes, error)
				: 0;
}

static struct device_record_view view_device(const struct device *device)
{
	return (struct device_record_view){
		.number = device->number,
		.ifname = device->ifname,
		.netns = device->netns_path,
		.config = device->config,
		.generation = device->generation,
		.chain = &device->chain,
		.rollback = device->rollback,
		.attach_type = device->attach_type,
		.ifindex = device->ifindex,
		.live = device->live,
		.retiring = device->retiring,
	};
}

/* The device as it will be after the commit. */
static struct device_record_view view_target(const struct transaction *transaction,
					     const struct target *target)
{
	struct device_record_view view = view_device(target->device);

	if (transaction->kind == TRANSACTION_LINK)
		view.ifname = transaction->ifname;
	view.rollback = target_rollback(transaction, target);
	view.ifindex = target->ifindex;
	view.config = target->config;
	view.generation = target->generation;
	view.chain = &target->wanted;
	if (target->built) {
		view.live = target->built;
		view.retiring = target->device->live;
	} else if (target->release) {
		view.live = NULL;
		view.retiring = target->device->live;
	}
	return view;
}

static int add_target(struct batch *batch, const struct transaction *transaction,
		      const struct target *target, struct error *error)
{
	const struct device_record_view view = view_target(transaction, target);

	if (target_is_given_up(target)) {
		if (!target->is_new)
			batch_add_removal(batch, target->device->number);
		return 0;
	}
	if (target->untouched && !target->rollback)
		return 0;
	return batch_add(batch, transaction->manager, &view, error);
}

/* Marks the copy, because the backup pins may be all that the next daemon finds. */
static int annotate_released(const struct manager *manager, const struct device *device,
			     struct error *error)
{
	int result = device->live ? generation_annotate(device->live, RECORD_RELEASED, error) : 0;

	if (result == 0 && device->live && manager->backup_pins >= 0)
		backup_pins_add_note(manager->backup_pins, device);
	return result;
}

/*
 * A generation that does not run yet gets its copy of the record before the record is written, and a
 * released device its mark: from then on a missing record does not count as lost.
 */
static int annotate_before(const struct transaction *transaction, const struct batch *batch,
			   const struct target *target, struct error *error)
{
	const struct record_change *change = batch_find(batch, target->device->number);

	if (!change)
		return 0;
	if (!change->text)
		return annotate_released(transaction->manager, target->device, error);
	return target->built ? generation_annotate(target->built, change->text, error) : 0;
}

/*
 * A generation that runs already, and stays, gets its copy after the record: a copy must not be newer than a
 * record that was never written.
 */
static int annotate_after(const struct batch *batch, const struct target *target,
			  struct error *error)
{
	const struct record_change *change = batch_find(batch, target->device->number);
	struct generation *live = target->device->live;

	if (!change || !change->text || target->built || target->release || !live)
		return 0;
	return generation_annotate(live, change->text, error);
}

int save_begin(struct transaction *transaction)
{
	cleanup(batch_done) struct batch batch = {};
	struct error *error = &transaction->error;
	int result = batch_init(&batch, transaction->n_targets, error);

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = add_target(&batch, transaction, &transaction->targets[i], error);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = annotate_before(transaction, &batch, &transaction->targets[i], error);
	if (result == 0)
		result = batch_save(&batch, transaction->manager, error);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = annotate_after(&batch, &transaction->targets[i], error);
	return result;
}

/* Copies that cannot be written are skipped, because the record exists. */
static void annotate_undone(const struct transaction *transaction, const struct batch *batch)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct device *device = transaction->targets[i].device;
		const struct record_change *change = batch_find(batch, device->number);

		if (change && change->text && device->live)
			generation_annotate(device->live, change->text, NULL);
	}
}

void save_undo(struct transaction *transaction)
{
	cleanup(batch_done) struct batch batch = {};
	int result = batch_init(&batch, transaction->n_targets, NULL);

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];
		const struct device *device = target->device;
		struct device_record_view view = view_device(device);

		if (target->ran)
			view.retiring = target->built;
		if (target->is_new)
			batch_add_removal(&batch, device->number);
		else
			result = batch_add(&batch, transaction->manager, &view, NULL);
	}
	if (result == 0)
		batch_save(&batch, transaction->manager, NULL);
	annotate_undone(transaction, &batch);
}

int save_end(struct transaction *transaction, struct error *error)
{
	cleanup(freep) struct device **devices = calloc(transaction->n_targets + 1,
							sizeof(*devices));
	size_t n_devices = 0;

	if (!devices)
		return error_memory(error);
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];

		if (target->old && !target->is_new)
			devices[n_devices++] = target->device;
	}
	return save_devices(transaction->manager, n_devices, devices, error);
}

static int add_device(struct batch *batch, const struct manager *manager, struct device *device,
		      struct error *error)
{
	const struct device_record_view view = view_device(device);
	int result = batch_add(batch, manager, &view, error);

	if (result == 0 && device->live)
		result = generation_annotate(device->live,
					     batch->changes[batch->n_changes - 1].text, error);
	return result;
}

int save_devices(struct manager *manager, size_t n_devices, struct device *const *devices,
		 struct error *error)
{
	cleanup(batch_done) struct batch batch = {};
	int result = batch_init(&batch, n_devices, error);

	for (size_t i = 0; result == 0 && i < n_devices; i++)
		result = add_device(&batch, manager, devices[i], error);
	return result < 0 ? result : batch_save(&batch, manager, error);
}

bool save_is_current(const struct manager *manager, const struct device *device)
{
	const struct device_record_view view = view_device(device);
	cleanup(freep) char *text = device_record_encode(&view,
							 state_directory_boot(manager->state));

	return text && state_directory_has(manager->state, device->number, text);
}

bool saving_copy_is_current(const struct manager *manager, const struct device *device)
{
	const struct device_record_view view = view_device(device);
	cleanup(freep) char *text = device_record_encode(&view,
							 state_directory_boot(manager->state));
	cleanup(freep) char *copy = generation_note(device->live);

	return text && copy && !strcmp(text, copy);
}

int saving_copy(const struct manager *manager, const struct device *device, struct error *error)
{
	const struct device_record_view view = view_device(device);
	cleanup(freep) char *text = device_record_encode(&view,
							 state_directory_boot(manager->state));

	return text ? generation_annotate(device->live, text, error) : error_memory(error);
}
