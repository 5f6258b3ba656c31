/*
 * The part of a transaction that the worker does before anything is committed: what is wanted, what
 * realises it, and the swap, or all of it undone.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/control/edit.h"
#include "daemon/control/leftover.h"
#include "daemon/control/transaction.h"
#include "daemon/kernel/device.h"

#include <stdio.h>
#include <string.h>

/* The largest packet that every driver takes in one buffer of a page. */
#define ONE_BUFFER_MTU 1500

/* Finds the device that is meant; one that is not ours yet becomes a new one of our own. */
static int find_target(struct transaction *transaction, const char *ifname, struct target *target)
{
	const struct workshop *workshop = transaction->workshop;
	struct error *error = &transaction->error;
	int result;

	*target = (struct target){ .ifname = ifname };
	result = device_find(ifname, &target->ifindex, error);
	if (result < 0)
		return result;
	target->device = registry_find(&workshop->registry, target->ifindex);
	target->is_leftover = leftover_exists(&workshop->registry, &workshop->places,
					      target->ifindex);
	if (target->device)
		return 0;
	target->device = calloc(1, sizeof(*target->device));
	if (!target->device)
		return error_memory(error);
	target->is_new = true;
	target->device->ifindex = target->ifindex;
	if (!if_indextoname(target->ifindex, target->device->ifname)) /* `ifname` may be another */
		return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV, "the device %s went away",
				 ifname);
	return 0;
}

static int find_targets(struct transaction *transaction)
{
	const struct change *change = transaction->change;

	for (size_t i = 0; i < change->n_devices; i++) {
		struct target *target = &transaction->targets[i];
		int result = find_target(transaction, change->devices[i], target);

		transaction->n_targets = i + 1;
		if (result < 0)
			return result;
		for (size_t j = 0; j < i; j++)
			if (transaction->targets[j].ifindex == target->ifindex)
				return error_set(&transaction->error, ERROR_INVALID_ARGUMENT,
						 -EINVAL, "%s and %s are the same device",
						 transaction->targets[j].ifname, target->ifname);
	}
	return 0;
}

/* A chain that settles stays the generation that it is: nothing else is wanted. */
static int build_generation(struct transaction *transaction, struct target *target)
{
	const struct workshop *workshop = transaction->workshop;
	const struct linker_type *type = workshop->linker->type;
	bool settles = transaction->kind == TRANSACTION_SETTLE;
	const struct chain *wanted = &target->wanted;
	cleanup(freep) struct placement *placements = calloc(wanted->n_entries + 1,
							     sizeof(*placements));
	const struct blueprint blueprint = {
		.generation = device_generation(target->device) + !settles,
		.ifindex = target->ifindex,
		.n_placements = wanted->n_entries,
		.placements = placements,
		.pin_directory = workshop->places.generations,
	};

	if (!placements)
		return error_memory(&transaction->error);
	for (size_t i = 0; i < wanted->n_entries; i++)
		placements[i] = (struct placement){ .name = wanted->entries[i].name,
						    .component = wanted->entries[i].component,
						    .proceed = wanted->entries[i].proceed };
	return (settles ? type->settle : type->build)(workshop->linker, &blueprint, &target->built,
						      &transaction->error);
}

/* Drivers refuse a program for single buffers on a large MTU; says which component it is. */
static void explain_refusal(const struct target *target, struct error *error)
{
	unsigned int mtu = device_mtu(target->ifname);

	if (error->id != ERROR_DEVICE_REFUSED || mtu <= ONE_BUFFER_MTU)
		return;
	for (size_t i = 0; i < target->wanted.n_entries; i++) {
		const struct entry *entry = &target->wanted.entries[i];

		if (!entry->component->frags) {
			error_prefix(error,
				     "'%s' takes no packets in several buffers (its section is not "
				     "xdp.frags), and the MTU is %u: ",
				     entry->name, mtu);
			return;
		}
	}
}

static int swap_target(struct transaction *transaction, struct target *target)
{
	struct device *device = target->device;
	struct error *error = &transaction->error;
	int program_fd = target->built->rootlet->fd;
	int result;

	if (device->attachment)
		result = attachment_update(device->attachment, program_fd,
					   device->live->rootlet->fd, target->ifname, error);
	else
		result = attachment_new(program_fd, target->ifindex, target->ifname,
					transaction->change->attach.mode,
					transaction->workshop->places.devices, &device->attachment,
					error);
	if (result == 0)
		target->swapped = true;
	else
		explain_refusal(target, error);
	return result;
}

/* Those that were swapped already run again what they ran before. */
static void swap_back(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target->swapped && !target->is_new)
			attachment_update(target->device->attachment,
					  target->device->live->rootlet->fd,
					  target->built->rootlet->fd, target->ifname, NULL);
	}
}

static int abandoned(struct transaction *transaction)
{
	if (!atomic_load(&transaction->abandoned))
		return 0;
	return error_set(&transaction->error, ERROR_INTERNAL, -ECANCELED,
			 "it is not wanted any more");
}

/* Of the component that the change is about; NULL: all of them. */
static const char *component_name(const struct transaction *transaction)
{
	const struct change *change = transaction->change;

	switch (change->kind) {
	case CHANGE_ATTACH:
		return change->attach.name ?: transaction->choice.name;
	case CHANGE_DETACH:
		return change->detach.name;
	case CHANGE_REPLACE:
		return change->replace.name;
	case CHANGE_MOVE:
		return change->move.name;
	}
	return NULL;
}

static int fill_result(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];
		struct device_result *result = &transaction->result.devices[i];
		const char *name = component_name(transaction);

		transaction->result.n_devices = i + 1;
		result->ifindex = target->ifindex;
		result->ifname = strdup(target->ifname);
		result->name = name ? strdup(name) : NULL;
		result->generation = device_generation(target->device) + !target->release;
		if (!result->ifname || (name && !result->name))
			return error_memory(&transaction->error);
	}
	return 0;
}

/* Only known when the driver has answered. Without memory the note is missing, no more. */
static void note_modes(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];
		struct device_result *result = &transaction->result.devices[i];

		if (!target->device->attachment || target->release)
			continue;
		result->mode = target->device->attachment->mode;
		if (target->swapped && target->device->attachment->fell_back &&
		    asprintf(&result->note, "%s", ATTACHMENT_FELL_BACK) < 0)
			result->note = NULL;
	}
}

static int plan_change(struct transaction *transaction)
{
	int result = find_targets(transaction);

	if (result == 0)
		result = transaction_edit(transaction);
	return result < 0 ? result : fill_result(transaction);
}

static int plan_settling(struct transaction *transaction)
{
	struct target *target = &transaction->targets[0];

	target->device = registry_find(&transaction->workshop->registry, target->ifindex);
	if (!target->device)
		return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "the device %s went away", target->ifname);
	return chain_copy(&target->device->chain, &target->wanted, &transaction->error);
}

void transaction_build(struct transaction *transaction)
{
	int result;

	if (transaction->kind == TRANSACTION_GONE)
		return;
	if (transaction->kind == TRANSACTION_SETTLE)
		result = plan_settling(transaction);
	else
		result = plan_change(transaction);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++) {
		if (!transaction->targets[i].release)
			result = build_generation(transaction, &transaction->targets[i]);
		if (result == 0)
			result = abandoned(transaction);
	}
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		if (!transaction->targets[i].release)
			result = swap_target(transaction, &transaction->targets[i]);
	if (result == 0 && transaction->kind == TRANSACTION_CHANGE)
		note_modes(transaction);
	if (result == 0)
		return;
	swap_back(transaction);
	transaction_let_go(transaction);
}
