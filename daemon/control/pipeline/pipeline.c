// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A transaction as a job of the queue. What the worker does before anything is committed is the table of stages below:
 * they run in this order, and the first failure undoes the stages before it, the latest first.
 */
#define _GNU_SOURCE
#include "daemon/control/pipeline/pipeline.h"

#include "base/cleanup.h"
#include "base/crash-point.h"
#include "daemon/control/edit/confirm.h"
#include "daemon/control/edit/device-event.h"
#include "daemon/control/edit/edit.h"
#include "daemon/control/load/refit.h"
#include "daemon/control/pins/backup-pins.h"
#include "daemon/control/pins/map-pins.h"
#include "daemon/control/pipeline/describe.h"
#include "daemon/control/pipeline/find-targets.h"
#include "daemon/control/pipeline/link.h"
#include "daemon/control/pipeline/reply.h"
#include "daemon/control/pipeline/swap.h"
#include "daemon/control/transaction/commit.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/redirects.h"
#include "daemon/control/transaction/retire.h"
#include "daemon/control/transaction/save.h"
#include "daemon/kernel/component/choose.h"
#include "daemon/kernel/netdev-order.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <string.h>

static int edit_change(struct transaction *transaction)
{
	size_t n_devices = transaction->n_targets;
	int result = transaction_edit(transaction);

	return result < 0 ? result : reply_begin(transaction, n_devices);
}

static int edit(struct transaction *transaction)
{
	switch (transaction->kind) {
	case TRANSACTION_CHANGE:
		return edit_change(transaction);
	case TRANSACTION_LINK:
		return device_event_appeared(transaction);
	case TRANSACTION_GONE:
		return device_event_disappeared(transaction);
	case TRANSACTION_FUSE:
	case TRANSACTION_LOST:
		return 0;
	}
	return -EINVAL;
}

static bool builds(const struct target *target)
{
	return target->ifindex && !target->release && !target->stays;
}

/* Which components a chain has is known only after all edits. */
static int fit_components(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		if (builds(&transaction->targets[i]) && !transaction->targets[i].built &&
		    transaction->kind != TRANSACTION_FUSE)
			result = refit_components(transaction, &transaction->targets[i],
						  &transaction->error);
	return result;
}

static int link_generations(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++) {
		if (builds(&transaction->targets[i]) && !transaction->targets[i].built)
			result = link_generation(transaction, &transaction->targets[i]);
		crash_point("build");
		if (result == 0)
			result = job_check_abandoned(&transaction->job, &transaction->error);
	}
	return result;
}

static int store_objects(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_bundles; i++)
		result = bundle_keep(&transaction->bundles[i], transaction->manager->store,
				     &transaction->error);
	return result;
}

/* This must happen before packets run the generation; a new device has a link only afterwards. */
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

static int save_records(struct transaction *transaction)
{
	confirm_start(transaction);
	add_backup_pins(transaction);
	return save_begin(transaction);
}

/* The numbers of all targets, lower devices first; to be freed. */
static struct netdev_place *order_targets(const struct transaction *transaction)
{
	struct netdev_place *places = calloc(transaction->n_targets + 1, sizeof(*places));

	for (size_t i = 0; places && i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];
		bool attaches = builds(target) && !target->device->attachment;

		places[i] = (struct netdev_place){ .netns = attaches ? target->netns : NULL,
						   .ifindex = target->ifindex,
						   .number = i };
	}
	if (places)
		netdev_order(places, transaction->n_targets);
	return places;
}

static int swap_links(struct transaction *transaction)
{
	cleanup(freep) struct netdev_place *order = order_targets(transaction);
	int result = order ? 0 : error_memory(&transaction->error);

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		if (builds(&transaction->targets[order[i].number]))
			result = swap_in(transaction, &transaction->targets[order[i].number]);
	if (result == 0)
		add_backup_links(transaction);
	return result;
}

/* The chain whose maps are pinned already; NULL: that is unknown. */
static const struct chain *pinned_chain(const struct transaction *transaction,
					const struct target *target)
{
	const struct device *device = target->device;
	bool is_there = target->ifindex && target->ifindex == device->ifindex && !target->is_new;

	return is_there && transaction->kind == TRANSACTION_CHANGE ? &device->chain : NULL;
}

/* Maps are pinned under the names that devices and components have from now on. */
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

/* Which devices drop redirected packets is known only while the chain runs. */
static void look_at_redirects(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target->built)
			target->lost_redirects = redirects_describe_lost(
				&target->wanted, target->netns, target->ifindex,
				target->attachment ?: target->device->attachment);
	}
}

/* From here on nothing can fail. */
static int publish(struct transaction *transaction)
{
	look_at_redirects(transaction);
	if (transaction->kind == TRANSACTION_CHANGE)
		reply_end(transaction);
	if (transaction->kind != TRANSACTION_FUSE)
		pin_maps(transaction);
	return 0;
}

/* A program that packets have run is not dropped here, but retired later like any other. */
static void drop_all(struct transaction *transaction)
{
	if (!transaction_has_run(transaction))
		transaction_undo(transaction);
}

enum stage_number {
	STAGE_FIND,
	STAGE_EDIT,
	STAGE_FIT,
	STAGE_LINK,
	STAGE_STORE,
	STAGE_SAVE,
	STAGE_SWAP,
	STAGE_PUBLISH,
};

/* A stage that fails is undone as well, because part of it may be done. */
static const struct stage {
	int (*run)(struct transaction *transaction);
	/* NULL: undoing an earlier stage undoes it */
	void (*undo)(struct transaction *transaction);
} stages[] = {
	[STAGE_FIND] = { find_targets, drop_all }, /* names -> devices */
	[STAGE_EDIT] = { edit, NULL },		/* chain -> wanted chain, its components loaded */
	[STAGE_FIT] = { fit_components, NULL }, /* the components, as the whole chain needs them */
	[STAGE_LINK] = { link_generations, NULL }, /* wanted chain -> generation n+1 beside n */
	[STAGE_STORE] = { store_objects, NULL },   /* the objects that were sent with the change */
	/* From here on a daemon that is killed continues the change after a restart. */
	[STAGE_SAVE] = { save_records, save_undo },
	[STAGE_SWAP] = { swap_links, swap_back }, /* packets run generation n+1 */
	[STAGE_PUBLISH] = { publish, NULL },	  /* the reply, and the pins of maps */
};

/*
 * Nothing is built for a device that disappeared. A dry run is built only to find out whether it can be.
 */
static enum stage_number last_stage(const struct transaction *transaction)
{
	if (transaction_only_lets_go(transaction))
		return STAGE_EDIT;
	if (transaction->change && transaction->change->dry_run)
		return STAGE_LINK;
	return STAGE_PUBLISH;
}

static int run_stages(struct transaction *transaction, enum stage_number last)
{
	enum stage_number number = STAGE_FIND;
	int result;

	while ((result = stages[number].run(transaction)) == 0 && number < last)
		number++;
	for (int i = number; result < 0 && i >= 0; i--)
		if (stages[i].undo)
			stages[i].undo(transaction);
	return result;
}

int pipeline_prepare(struct transaction *transaction)
{
	return run_stages(transaction, STAGE_FIT);
}

void pipeline_discard(struct transaction *transaction)
{
	crash_point("rehearsal");
	transaction_undo(transaction);
	transaction->n_targets = 0;
	while (transaction->result.n_devices > 0)
		device_result_done(&transaction->result.devices[--transaction->result.n_devices]);
}

static struct transaction *transaction_of(const struct job *job)
{
	return (struct transaction *)job;
}

static char *describe(const struct job *job)
{
	return transaction_describe(transaction_of(job));
}

static void begin(struct job *job)
{
	transaction_begin(transaction_of(job));
}

/* Makes a dry run fail if the swap would, as far as that can be known. */
static void check_swaps(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = swap_check(transaction, &transaction->targets[i]);
}

static void build_stages(struct transaction *transaction)
{
	enum stage_number last = last_stage(transaction);

	if (transaction->error.id != ERROR_NONE || run_stages(transaction, last) < 0 ||
	    last != STAGE_LINK)
		return;
	check_swaps(transaction);
	pipeline_discard(transaction);
}

static void build(struct job *job)
{
	build_stages(transaction_of(job));
	program_choose_end();
}

/*
 * A change that adds something is answered as soon as it runs; one that removes something, when no packet
 * runs it any longer.
 */
static bool built(struct job *job)
{
	struct transaction *transaction = transaction_of(job);

	job->succeeded = transaction->error.id == ERROR_NONE;
	if (!job->succeeded) {
		transaction_retire(transaction);
		return transaction_has_run(transaction);
	}
	transaction_commit(transaction);
	job->answers_now = transaction->change && !transaction->change->kind->takes_away;
	return true;
}

static void wait_for_packets(struct job *job)
{
	transaction_wait(transaction_of(job));
}

static bool fold(struct job *job)
{
	transaction_fold(transaction_of(job));
	return true;
}

static void let_go(struct job *job)
{
	transaction_let_go(transaction_of(job));
}

static const struct job_step steps[] = {
	{ build, built },
	{ wait_for_packets, fold },
	{ let_go, NULL },
};

/* What packets run already is committed. */
static void stop(struct job *job)
{
	struct transaction *transaction = transaction_of(job);

	if (transaction_is_swapped(transaction))
		transaction_commit(transaction);
	else
		transaction_retire(transaction);
	job->succeeded = transaction->committed;
}

static const void *get_result(const struct job *job)
{
	return &transaction_of(job)->result;
}

static void drop(struct job *job)
{
	struct transaction *transaction = transaction_of(job);

	transaction_drop(&transaction);
}

static const struct job_type transaction_job = {
	.describe = describe,
	.begin = begin,
	.n_steps = array_size(steps),
	.steps = steps,
	.stop = stop,
	.result = get_result,
	.drop = drop,
};

struct transaction *job_transaction(struct job *job)
{
	return job->type == &transaction_job ? transaction_of(job) : NULL;
}

void pipeline_submit(struct queue *queue, struct transaction *transaction, job_done done,
		     void *userdata)
{
	transaction->job.type = &transaction_job;
	transaction->job.yields = transaction->kind == TRANSACTION_FUSE;
	if (transaction->change && transaction->change->is_limited)
		transaction->job.turn = (struct job_turn){ true, transaction->change->uid };
	queue_add(queue, &transaction->job, done, userdata);
}

int pipeline_submit_change(struct queue *queue, struct manager *manager, struct change *change,
			   job_done done, void *userdata, struct error *error)
{
	struct transaction *transaction;
	int result = transaction_new(manager, change, &transaction, error);

	if (result == 0)
		pipeline_submit(queue, transaction, done, userdata);
	return result;
}
