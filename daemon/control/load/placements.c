// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/load/placements.h"

#include "daemon/control/load/drop-program.h"
#include "daemon/linkers/blueprint.h"

#include <errno.h>

/* Lists the components that can run, in order. */
static int place(struct transaction *transaction, const struct target *target,
		 const struct chain *chain, struct blueprint *blueprint,
		 struct placement *placements)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];
		struct component *component = entry->component;
		int result = 0;

		if (entry->parked || (!component && entry->settings.on_failure == ON_FAILURE_SKIP))
			continue;
		if (!component)
			result = drop_program_get(transaction->manager, target->device->attach_type,
						  &component, &transaction->error);
		if (result < 0)
			return result;
		placements[blueprint->n_placements++] = (struct placement){
			.id = entry->id,
			.name = entry->name,
			.component = component,
			.priority = entry->settings.priority,
			.proceed = entry->settings.proceed,
			.forbidden = entry->component ? entry->settings.forbidden : 0,
		};
	}
	return 0;
}

/* Adds the policy, if one is wanted. The chain cannot run without it. */
static int place_policy(struct transaction *transaction, const struct chain *chain,
			struct blueprint *blueprint)
{
	const struct entry *policy = chain->policy;

	blueprint->policy = policy ? policy->component : NULL;
	if (!policy || policy->component)
		return 0;
	return error_set(&transaction->error, ERROR_BAD_STATE, -ENODATA,
			 "policy '%s' cannot be loaded: %s", policy->name,
			 policy->failure ?: "its object is unknown");
}

int place_components(struct transaction *transaction, const struct target *target,
		     const struct chain *chain, struct blueprint *blueprint,
		     struct placement placements[static ROOTLET_SLOTS])
{
	return place_policy(transaction, chain, blueprint)
		       ?: place(transaction, target, chain, blueprint, placements);
}
