// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/apply-others.h"

#include "base/cleanup.h"
#include "daemon/chain/chain.h"
#include "daemon/chain/entry-owner.h"

#include <string.h>

/* The components of a file, sorted, among those that it leaves alone. */
struct merging {
	const struct chain *chain;
	const char *owner;
	size_t n_own;
	struct component_config *own;
	size_t *places; /* of `own`: how many of the others run before it */
};

static void merging_done(struct merging *merging)
{
	free(merging->own);
	free(merging->places);
}

bool apply_leaves(const char *owner, const struct entry *entry)
{
	return entry->lease != LEASE_NONE || !entry_belongs_to(entry, owner);
}

/* Components of the same priority keep the order of the file. */
static void sort(size_t n_configs, struct component_config *configs)
{
	for (size_t i = 1; i < n_configs; i++) {
		struct component_config moved = configs[i];
		size_t place = i;

		for (; place > 0 && configs[place - 1].settings.priority > moved.settings.priority;
		     place--)
			configs[place] = configs[place - 1];
		configs[place] = moved;
	}
}

static int begin(struct merging *merging, size_t n_configs, const struct component_config *configs,
		 struct error *error)
{
	merging->own = calloc(n_configs + 1, sizeof(*merging->own));
	merging->places = calloc(n_configs + 1, sizeof(*merging->places));
	if (!merging->own || !merging->places)
		return error_memory(error);
	merging->n_own = n_configs;
	if (n_configs > 0)
		memcpy(merging->own, configs, n_configs * sizeof(*configs));
	sort(n_configs, merging->own);
	return 0;
}

static int check_name(const struct merging *merging, const struct component_config *config,
		      const char *ifname, struct error *error)
{
	const struct entry *entry = chain_find(merging->chain, config->name);

	if (!entry || !apply_leaves(merging->owner, entry))
		return 0;
	if (entry->lease == LEASE_NONE)
		return entry_refuse_name(entry, merging->owner, ifname, error);
	return error_set(error, ERROR_NAME_TAKEN, -EEXIST,
			 "%s has a component '%s' that a connected client has attached, until it "
			 "disconnects; choose another name",
			 ifname, entry->name);
}

/* How many of the others does the chain have among its first `n_entries`? */
static size_t count_others(const struct merging *merging, size_t n_entries)
{
	size_t count = 0;

	for (size_t i = 0; i < n_entries; i++)
		count += apply_leaves(merging->owner, &merging->chain->entries[i]);
	return count;
}

static size_t count_up_to(const struct merging *merging, uint16_t priority)
{
	const struct chain *chain = merging->chain;
	size_t n_entries = chain->n_entries;

	while (n_entries > 0 && chain->entries[n_entries - 1].settings.priority > priority)
		n_entries--;
	return count_others(merging, n_entries);
}

/*
 * A component that exists stays at its place. A new one runs before the component that follows it in the file, or after all
 * of its priority.
 */
static size_t find_place(const struct merging *merging, size_t number)
{
	const struct component_config *config = &merging->own[number];
	uint16_t priority = config->settings.priority;
	const struct entry *entry = chain_find(merging->chain, config->name);

	if (entry && entry->settings.priority == priority)
		return count_others(merging, entry - merging->chain->entries);
	if (number + 1 < merging->n_own && config[1].settings.priority == priority)
		return merging->places[number + 1];
	return count_up_to(merging, priority);
}

/* Among themselves, the file's components are in its order. */
static void find_places(struct merging *merging)
{
	size_t *places = merging->places;

	for (size_t i = merging->n_own; i > 0; i--)
		places[i - 1] = find_place(merging, i - 1);
	for (size_t i = 1; i < merging->n_own; i++)
		if (places[i] < places[i - 1])
			places[i] = places[i - 1];
}

static struct component_config config_of(const struct entry *entry)
{
	return (struct component_config){
		.name = entry->name,
		.owner = entry->owner,
		.settings = entry->settings,
		.map_permissions = entry->map_permissions,
		.spec = *entry->spec.sha256 ? &entry->spec : NULL,
	};
}

/* Returns the number of items of `ret`. */
static size_t merge(const struct merging *merging, struct component_config *ret)
{
	const struct chain *chain = merging->chain;
	size_t own = 0, n_others = 0, count = 0;

	for (size_t i = 0; i < chain->n_entries; i++) {
		if (!apply_leaves(merging->owner, &chain->entries[i]))
			continue;
		while (own < merging->n_own && merging->places[own] <= n_others)
			ret[count++] = merging->own[own++];
		ret[count++] = config_of(&chain->entries[i]);
		n_others++;
	}
	while (own < merging->n_own)
		ret[count++] = merging->own[own++];
	return count;
}

int apply_add_others(const struct chain *chain, const char *owner, size_t n_configs,
		     const struct component_config *configs, const char *ifname,
		     struct component_config **ret, size_t *ret_n, struct error *error)
{
	cleanup(merging_done) struct merging merging = { .chain = chain, .owner = owner };
	struct component_config *all;
	int result = begin(&merging, n_configs, configs, error);

	for (size_t i = 0; result == 0 && i < n_configs; i++)
		result = check_name(&merging, &configs[i], ifname, error);
	if (result < 0)
		return result;
	all = calloc(n_configs + chain->n_entries + 1, sizeof(*all));
	if (!all)
		return error_memory(error);
	find_places(&merging);
	*ret_n = merge(&merging, all);
	*ret = all;
	return 0;
}
