#include "daemon/control/transaction.h"

#include "base/cleanup.h"
#include "daemon/control/leftover.h"

#include <assert.h>
#include <string.h>

static const struct chain empty_chain;

int transaction_new(struct workshop *workshop, struct change *change, struct transaction **ret,
		    struct error *error)
{
	struct transaction *transaction = calloc(1, sizeof(*transaction));

	if (transaction) {
		transaction->targets = calloc(change->n_devices, sizeof(*transaction->targets));
		transaction->result.devices = calloc(change->n_devices,
						     sizeof(*transaction->result.devices));
	}
	if (!transaction || !transaction->targets || !transaction->result.devices ||
	    registry_reserve(&workshop->registry, change->n_devices, error) < 0) {
		transaction_drop(&transaction);
		change_drop(&change);
		return error_memory(error);
	}
	transaction->workshop = workshop;
	transaction->change = change;
	*ret = transaction;
	return 0;
}

static int new_for_device(struct workshop *workshop, enum transaction_kind kind,
			  unsigned int ifindex, struct transaction **ret, struct error *error)
{
	struct transaction *transaction = calloc(1, sizeof(*transaction));

	if (transaction)
		transaction->targets = calloc(1, sizeof(*transaction->targets));
	if (!transaction || !transaction->targets) {
		transaction_drop(&transaction);
		return error_memory(error);
	}
	transaction->kind = kind;
	transaction->workshop = workshop;
	transaction->n_targets = 1;
	transaction->targets[0].ifindex = ifindex;
	*ret = transaction;
	return 0;
}

int transaction_new_gone(struct workshop *workshop, unsigned int ifindex, struct transaction **ret,
			 struct error *error)
{
	int result = new_for_device(workshop, TRANSACTION_GONE, ifindex, ret, error);

	if (result == 0)
		(*ret)->targets[0].release = true;
	return result;
}

int transaction_new_settle(struct workshop *workshop, const struct device *device,
			   struct transaction **ret, struct error *error)
{
	int result = new_for_device(workshop, TRANSACTION_SETTLE, device->ifindex, ret, error);

	if (result < 0)
		return result;
	strcpy((*ret)->ifname, device->ifname);
	(*ret)->targets[0].ifname = (*ret)->ifname;
	return 0;
}

/* The device goes first, so that no packet runs a generation that is being taken apart. */
static void target_done(struct target *target)
{
	if (target->is_new)
		device_drop(&target->device);
	generation_release(&target->built);
	generation_release(&target->old);
	chain_done(&target->wanted);
	chain_done(&target->old_chain);
}

void transaction_drop(struct transaction **slot)
{
	struct transaction *transaction = steal(*slot);

	if (!transaction)
		return;
	for (size_t i = 0; i < transaction->n_targets; i++)
		target_done(&transaction->targets[i]);
	free(transaction->targets);
	component_release(&transaction->component);
	object_done(&transaction->object);
	change_result_done(&transaction->result);
	error_done(&transaction->error);
	change_drop(&transaction->change);
	free(transaction);
}

bool transaction_is_swapped(const struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++)
		if (transaction->targets[i].swapped && transaction->targets[i].built)
			return true;
	return false;
}

/* A device that is given up becomes the transaction's own. */
static void commit_release(struct workshop *workshop, struct target *target)
{
	if (target->is_new)
		return;
	target->device = registry_take(&workshop->registry, target->ifindex);
	target->is_new = true;
}

static void commit_swap(struct workshop *workshop, struct target *target)
{
	struct device *device = target->device;

	device->retiring = device->live;
	device->retiring_chain = device->chain;
	device->live = steal(target->built);
	device->chain = target->wanted;
	target->wanted = empty_chain;
	if (target->is_new)
		registry_add(&workshop->registry, device);
	target->is_new = false;
}

void transaction_commit(struct transaction *transaction)
{
	assert(transaction->error.id == ERROR_NONE);
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target->release)
			commit_release(transaction->workshop, target);
		else
			commit_swap(transaction->workshop, target);
	}
}

void transaction_wait(struct transaction *transaction)
{
	struct workshop *workshop = transaction->workshop;
	bool ran_before = false;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		ran_before |= target->release || target->device->retiring;
		if (target->release && target->device)
			attachment_drop(&target->device->attachment);
		if (target->is_leftover)
			leftover_release(&workshop->registry, &workshop->places, target->ifindex);
	}
	if (ran_before)
		grace_wait(&workshop->grace, NULL);
}

void transaction_fold(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (!target->release)
			device_fold(target->device, &target->old, &target->old_chain,
				    &transaction->error);
	}
}

void transaction_let_go(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++)
		target_done(&transaction->targets[i]);
	component_release(&transaction->component);
}
