// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/load/refit.h"

#include "base/cleanup.h"
#include "daemon/control/load/load.h"

/* An adopted program cannot be loaded again; the check of tail calls has refused it already. */
static bool fits(const struct entry *entry, bool frags)
{
	return entry->parked || !entry->component || !*entry->spec.sha256 ||
	       component_fits_frags(entry->component, frags);
}

static bool waits_for_owner(const struct chain *chain, const struct entry *entry, bool frags)
{
	for (size_t i = 0; i < entry->spec.shares.n_items; i++) {
		const struct entry *owner = chain_find_id(chain, entry->spec.shares.items[i].owner);

		if (owner && !fits(owner, frags))
			return true;
	}
	return false;
}

/* Owners of shared maps come before the components that share them. */
static struct entry *find_next(struct chain *chain, bool frags)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (!fits(&chain->entries[i], frags) &&
		    !waits_for_owner(chain, &chain->entries[i], frags))
			return &chain->entries[i];
	return NULL;
}

static int reload(const struct transaction *transaction, struct target *target, struct entry *entry,
		  struct error *error)
{
	const struct bundle *bundle = bundle_find(transaction->n_bundles, transaction->bundles,
						  &entry->spec);
	cleanup(component_spec_done) struct component_spec spec = {};

	return component_spec_copy(&entry->spec, &spec, error)
		       ?: load_successor(transaction, target, entry, &spec, bundle,
					 (struct map_reuse_options){}, error);
}

int refit_components(const struct transaction *transaction, struct target *target,
		     struct error *error)
{
	struct entry *entry;
	int result = 0;

	/* A component that is loaded again fits, so each is visited once. */
	while (result == 0 && !load_chain_accepts_frags(target, NULL) &&
	       (entry = find_next(&target->wanted, false)))
		result = reload(transaction, target, entry, error);
	return result;
}
