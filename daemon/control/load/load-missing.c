// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/load/load-missing.h"

#include "base/cleanup.h"
#include "daemon/control/load/load.h"
#include "daemon/control/load/resolve-maps.h"

#include <string.h>

static int note_failure(struct entry *entry, const struct error *why, struct error *error)
{
	free(entry->failure);
	entry->failure = strdup(why->message ?: "out of memory");
	return entry->failure ? 0 : error_memory(error);
}

static int reload(struct transaction *transaction, struct target *target, struct entry *entry,
		  bool *ret_loaded)
{
	cleanup(component_release) struct component *component = NULL;
	cleanup(error_done) struct error why = {};
	bool is_policy = entry == target->wanted.policy;
	struct error *error = &transaction->error;
	int result = is_policy ? load_policy_component(transaction, target, &entry->spec, NULL,
						       &component, &why)
			       : load_component(transaction, target, entry, &entry->spec, NULL,
						&component, &why);

	if (result < 0)
		return note_failure(entry, &why, error);
	*ret_loaded = true;
	return entry_set_component(entry, component, error);
}

/*
 * Components that share maps are loaded after the owners of these maps, wherever they are in the chain.
 */
static struct entry *find_next(const struct target *target, const bool *tried)
{
	const struct chain *chain = &target->wanted;
	struct entry *last = NULL;

	for (size_t i = 0; i < chain->n_entries; i++) {
		struct entry *entry = &chain->entries[i];

		if (entry->component || entry->parked || tried[i])
			continue;
		if (resolve_maps_are_ready(chain, &entry->spec))
			return entry;
		last = last ?: entry;
	}
	/* A component that waits for one that cannot be loaded gets an error that says so. */
	return last;
}

/* Components in slots cannot be loaded before their policy. */
int load_missing(struct transaction *transaction, struct target *target, bool *ret_loaded)
{
	bool tried[ROOTLET_SLOTS] = {};
	struct entry *entry, *policy = target->wanted.policy;
	int result = 0;

	if (policy && !policy->component)
		result = reload(transaction, target, policy, ret_loaded);
	if (policy && !policy->component)
		return result;
	while (result == 0 && (entry = find_next(target, tried))) {
		tried[entry - target->wanted.entries] = true;
		result = reload(transaction, target, entry, ret_loaded);
	}
	return result;
}
