// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/expire.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/control/transaction/target.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/registry.h"
#include "daemon/state/rollback.h"

bool expire_concerns(const struct expire_options *options, const struct entry *entry)
{
	for (size_t i = 0; entry->lease && i < options->n_leases; i++)
		if (options->leases[i] == entry->lease)
			return true;
	return false;
}

/* An earlier change in the queue may have released the device. */
int expire_find(struct transaction *transaction)
{
	const struct expire_options *options = transaction->change->options;
	struct device *device = registry_find_number(&transaction->manager->registry,
						     options->number);
	struct target *target;

	return device ? transaction_add_target(transaction, device, &target) : 0;
}

/* True: something was removed. */
static bool remove_from(struct chain *chain, const struct expire_options *options)
{
	size_t n_before = chain->n_entries;

	for (size_t i = chain->n_entries; i-- > 0;)
		if (expire_concerns(options, &chain->entries[i]))
			chain_remove(chain, chain->entries[i].name, "", NULL);
	return chain->n_entries < n_before;
}

/* The unconfirmed change stays, and no rollback attaches the components again. */
static int keep_unconfirmed(struct transaction *transaction, struct target *target)
{
	const struct rollback *before = target->device->rollback;
	struct rollback *rollback;
	int result = device_rollback_new(target->device, false, &rollback, &transaction->error);

	if (result < 0)
		return result;
	rollback->change = before->change;
	rollback->until = before->until;
	rollback->released = before->released;
	target->rollback = rollback;
	if (remove_from(&rollback->chain, transaction->change->options))
		generation_release(&rollback->before); /* it is not the chain of that any longer */
	return 0;
}

int expire_edit(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		target->stays = !remove_from(&target->wanted, transaction->change->options);
		target->generation = target->device->generation + !target->stays;
		if (target->device->rollback)
			result = keep_unconfirmed(transaction, target);
		else
			target->untouched = target->stays;
	}
	return result;
}

int expire_name(const struct transaction *transaction, const struct target *target, char **ret)
{
	const struct chain *chain = &target->device->chain;
	int result = 0;

	for (size_t i = 0; result == 0 && i < chain->n_entries; i++)
		if (expire_concerns(transaction->change->options, &chain->entries[i]))
			result = names_append(ret, chain->entries[i].name);
	return result;
}

void expire_options_done(void *userdata)
{
	struct expire_options *options = userdata;

	free(options->leases);
}
