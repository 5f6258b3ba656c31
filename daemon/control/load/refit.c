// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/load/refit.h"

#include "base/cleanup.h"
#include "daemon/control/load/load.h"

#include <stdlib.h>
#include <string.h>

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

/* Does the target's linker have it as an XDP program, although it was asked for an extension? */
static bool is_no_extension(const struct entry *entry)
{
	const struct component *component = entry->parked ? NULL : entry->component;

	return component && !component->extension && component->no_extension;
}

bool refit_is_possible(const struct target *target)
{
	for (size_t i = 0; i < target->wanted.n_entries; i++)
		if (is_no_extension(&target->wanted.entries[i]))
			return !chain_find_bound(&target->wanted);
	return false;
}

static int is_neither(const struct entry *entry, const char *obstacle, const struct error *unfused,
		      struct error *error)
{
	return error_set(error, unfused->id, unfused->number,
			 "'%s' cannot be an extension (%s), and its chain cannot be fused: %s",
			 entry->name, obstacle, unfused->message ?: "out of memory");
}

static int extend(const struct transaction *transaction, struct target *target, struct entry *entry,
		  const struct error *unfused, struct error *error)
{
	cleanup(error_done) struct error why = {};
	int result = reload(transaction, target, entry, &why);

	if (result < 0)
		return is_neither(entry, why.message ?: "out of memory", unfused, error);
	if (is_no_extension(entry))
		return is_neither(entry, entry->component->no_extension, unfused, error);
	return 0;
}

int refit_as_extensions(const struct transaction *transaction, struct target *target,
			const struct error *unfused, struct error *error)
{
	struct chain *wanted = &target->wanted;
	int result = 0;

	free(target->unfused);
	target->unfused = strdup(unfused->message ?: "out of memory");
	if (!target->unfused)
		return error_memory(error);
	for (size_t i = 0; result == 0 && i < wanted->n_entries; i++)
		if (is_no_extension(&wanted->entries[i]))
			result = extend(transaction, target, &wanted->entries[i], unfused, error);
	return result;
}

static bool is_fusable(const struct transaction *transaction, const struct chain *chain)
{
	struct linker *linker = transaction->manager->linker;

	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct component *component = chain->entries[i].component;

		if (!chain->entries[i].parked && component && component->tail_fd < 0 &&
		    linker->type->check_fusable(linker, component, NULL) < 0)
			return false;
	}
	return true;
}

static bool is_limited(const struct entry *entry)
{
	return !entry->parked && entry->component && entry->component->map_limit &&
	       *entry->spec.sha256;
}

static bool has_limited(const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (is_limited(&chain->entries[i]))
			return true;
	return false;
}

/* A component that stays an extension is limited, but runs, so a failure is no reason to refuse the change. */
static void lift_limits(const struct transaction *transaction, struct target *target)
{
	struct chain *wanted = &target->wanted;

	if (target->config.interop || !has_limited(wanted) || !is_fusable(transaction, wanted))
		return;
	for (size_t i = 0; i < wanted->n_entries; i++) {
		cleanup(error_done) struct error ignored = {};

		if (is_limited(&wanted->entries[i]))
			reload(transaction, target, &wanted->entries[i], &ignored);
	}
}

int refit_components(const struct transaction *transaction, struct target *target,
		     struct error *error)
{
	struct entry *entry;
	int result = 0;

	lift_limits(transaction, target);

	/* A component that is loaded again fits, so each is visited once. */
	while (result == 0 && !load_chain_accepts_frags(target, NULL) &&
	       (entry = find_next(&target->wanted, false)))
		result = reload(transaction, target, entry, error);
	return result;
}
