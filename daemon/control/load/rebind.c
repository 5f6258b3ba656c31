// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/load/rebind.h"

#include "base/cleanup.h"
#include "daemon/control/load/load.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <string.h>

/* Was the component loaded earlier, perhaps for another device? */
static bool is_old(const struct device *device, const struct component *component)
{
	const struct rollback *rollback = device->rollback;

	return chain_find_loaded(&device->chain, component->id) == component ||
	       (rollback && chain_find_loaded(&rollback->chain, component->id) == component);
}

static int fail(struct entry *entry, const struct error *why, struct error *error)
{
	component_release(&entry->component);
	free(entry->failure);
	entry->failure = strdup(why->message ?: "out of memory");
	return entry->failure ? 0 : error_memory(error);
}

static int renew(const struct transaction *transaction, const struct target *target,
		 struct entry *entry, struct error *error)
{
	const struct map_reuse_options reuse = {};
	cleanup(component_spec_done) struct component_spec spec = {};

	return component_spec_copy(&entry->spec, &spec, error)
		       ?: load_successor(transaction, target, entry, &spec, NULL, reuse, error);
}

/*
 * A binding ends with its device, and the kernel does not announce that. If our program is still attached,
 * it is the same device, whatever its name is; otherwise it may be another device with that name.
 */
int rebind(struct transaction *transaction, struct target *target)
{
	struct error *error = &transaction->error;

	for (size_t i = 0; !target->device->attachment && i < target->wanted.n_entries; i++) {
		struct entry *entry = &target->wanted.entries[i];
		cleanup(error_done) struct error why = {};
		int result;

		if (!entry->spec.devbound || !entry->component || entry->parked ||
		    !is_old(target->device, entry->component))
			continue;
		result = renew(transaction, target, entry, &why);
		if (result < 0 && transaction->kind != TRANSACTION_CHANGE)
			result = fail(entry, &why, error);
		else if (result < 0)
			error_move(error, &why);
		if (result < 0)
			return result;
	}
	return 0;
}
