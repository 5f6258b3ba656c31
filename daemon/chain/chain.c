// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/chain/chain.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/chain/component-name.h"
#include "daemon/chain/owner.h"

#include <assert.h>
#include <string.h>

static const char *const on_failure_names[] = {
	[ON_FAILURE_SKIP] = "skip", [ON_FAILURE_DROP] = "drop"
};
static_assert(array_size(on_failure_names) == ON_FAILURE_COUNT, "every policy has a name");

const char *on_failure_name(enum on_failure on_failure)
{
	return on_failure_names[on_failure];
}

enum on_failure on_failure_from_name(const char *name)
{
	return names_find(on_failure_names, ON_FAILURE_COUNT, name);
}

bool entry_is_tail_called(const struct entry *entry)
{
	return !entry->parked && entry->component && entry->component->tail_fd >= 0;
}

/* Frees the contents of an entry that is not in a chain. */
static void entry_done(struct entry *entry)
{
	free(entry->name);
	free(entry->owner);
	map_permissions_done(&entry->map_permissions);
	component_spec_done(&entry->spec);
	free(entry->failure);
	component_release(&entry->component);
}

static void hold(struct entry *entry, struct component *component)
{
	struct component *before = entry->component;

	if (component)
		node_hold(&component->node);
	entry->component = component;
	component_release(&before);
}

int entry_set_component(struct entry *entry, struct component *component, struct error *error)
{
	struct component_spec spec;
	int result = component_spec_copy(&component->spec, &spec, error);

	if (result < 0)
		return result;
	component_spec_done(&entry->spec);
	free(steal(entry->failure));
	entry->spec = spec;
	hold(entry, component);
	return 0;
}

static char *copy_string(const char *text, bool *failed)
{
	char *copy = text ? strdup(text) : NULL;

	*failed |= text && !copy;
	return copy;
}

static int entry_copy(const struct entry *entry, struct entry *ret)
{
	bool failed = false;

	*ret = *entry;
	ret->component = NULL;
	ret->spec = (struct component_spec){};
	ret->name = copy_string(entry->name, &failed);
	ret->owner = copy_string(entry->owner, &failed);
	ret->failure = copy_string(entry->failure, &failed);
	failed |= component_spec_copy(&entry->spec, &ret->spec, NULL) < 0;
	failed |= map_permissions_copy(&entry->map_permissions, &ret->map_permissions) < 0;
	if (failed)
		entry_done(ret);
	else
		hold(ret, entry->component);
	return failed ? -ENOMEM : 0;
}

static void policy_drop(struct entry **policy)
{
	if (*policy)
		entry_done(*policy);
	free(steal(*policy));
}

static int policy_copy(const struct entry *policy, struct entry **ret)
{
	struct entry *copy = policy ? calloc(1, sizeof(*copy)) : NULL;

	if (policy && (!copy || entry_copy(policy, copy) < 0)) {
		free(copy);
		return -ENOMEM;
	}
	*ret = copy;
	return 0;
}

int chain_set_policy(struct chain *chain, struct component *policy, struct error *error)
{
	struct entry *entry = policy ? calloc(1, sizeof(*entry)) : NULL;

	if (policy && (!entry || entry_set_component(entry, policy, error) < 0 ||
		       !(entry->name = strdup(policy->spec.program)))) {
		policy_drop(&entry);
		return error_memory(error);
	}
	policy_drop(&chain->policy);
	chain->policy = entry;
	return 0;
}

int chain_copy(const struct chain *chain, struct chain *ret, struct error *error)
{
	struct chain copy = { .last_id = chain->last_id };

	copy.entries = calloc(chain->n_entries + 1, sizeof(*copy.entries));
	if (!copy.entries)
		return error_memory(error);
	for (size_t i = 0; i < chain->n_entries; i++) {
		if (entry_copy(&chain->entries[i], &copy.entries[i]) < 0) {
			chain_done(&copy);
			return error_memory(error);
		}
		copy.n_entries++;
	}
	if (policy_copy(chain->policy, &copy.policy) < 0) {
		chain_done(&copy);
		return error_memory(error);
	}
	*ret = copy;
	return 0;
}

int chain_withdraw_map_permissions(struct chain *chain, const struct chain *before,
				   struct error *error)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		struct entry *entry = &chain->entries[i];
		const struct entry *old = chain_find(before, entry->name);

		if (old &&
		    map_permissions_withdraw(&entry->map_permissions, &old->map_permissions) < 0)
			return error_memory(error);
	}
	return 0;
}

void chain_clear(struct chain *chain)
{
	while (chain->n_entries > 0)
		entry_done(&chain->entries[--chain->n_entries]);
}

void chain_done(struct chain *chain)
{
	chain_clear(chain);
	policy_drop(&chain->policy);
	free(chain->entries);
	*chain = (struct chain){};
}

struct entry *chain_find(const struct chain *chain, const char *name)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (!strcmp(chain->entries[i].name, name))
			return &chain->entries[i];
	return NULL;
}

struct entry *chain_find_id(const struct chain *chain, uint64_t id)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (chain->entries[i].id == id)
			return &chain->entries[i];
	return NULL;
}

struct entry *chain_nth(const struct chain *chain, size_t number)
{
	if (number < chain->n_entries)
		return &chain->entries[number];
	return number == chain->n_entries ? chain->policy : NULL;
}

const struct entry *chain_last(const struct chain *chain)
{
	size_t n = chain->policy ? 0 : chain->n_entries;

	while (n > 0 && chain->entries[n - 1].parked)
		n--;
	return n > 0 ? &chain->entries[n - 1] : NULL;
}

const struct entry *chain_find_bound(const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];

		if (entry->component && entry->spec.devbound && !entry->parked)
			return entry;
	}
	return NULL;
}

struct entry *chain_find_slot(const struct chain *chain, const char *slot)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		struct entry *entry = &chain->entries[i];

		if (!entry->parked && entry->spec.slot && !strcmp(entry->spec.slot, slot))
			return entry;
	}
	return NULL;
}

static bool contains(const struct chain *chain, const struct component *component)
{
	for (size_t i = 0; i < chain->n_entries; i++)
		if (chain->entries[i].component == component)
			return true;
	return false;
}

struct component *chain_find_component(const struct chain *chain, const struct component_spec *spec,
				       const char *owner, const struct chain *other)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];
		struct component *component = entry->parked ? NULL : entry->component;

		if (component && component_spec_serves(&component->spec, spec) &&
		    same_owner(entry->owner, owner) && !contains(other, component))
			return component;
	}
	return NULL;
}

struct component *chain_find_loaded(const struct chain *chain, uint32_t id)
{
	const struct entry *entry;

	for (size_t i = 0; (entry = chain_nth(chain, i)); i++)
		if (entry->component && entry->component->id == id)
			return entry->component;
	return NULL;
}

static int no_such(const char *name, const char *ifname, struct error *error)
{
	return error_set(error, ERROR_NO_SUCH_COMPONENT, -ENOENT, "%s has no component '%s'",
			 ifname, name);
}

/* Does the chain stay sorted with that priority at that place? */
static bool fits(const struct chain *chain, size_t place, uint16_t priority)
{
	return (place == 0 || chain->entries[place - 1].settings.priority <= priority) &&
	       (place == chain->n_entries || priority <= chain->entries[place].settings.priority);
}

/* Finds the place next to the neighbour, and the priority for it. */
static int find_beside(const struct chain *chain, const struct position *position,
		       const char *ifname, size_t *ret_place, uint16_t *ret_priority,
		       struct error *error)
{
	const char *name = position->before ?: position->after;
	const struct entry *neighbour = chain_find(chain, name);
	uint16_t priority;
	size_t place;

	if (!neighbour)
		return no_such(name, ifname, error);
	place = neighbour - chain->entries + (position->after ? 1 : 0);
	priority = position->has_priority ? position->settings.priority
					  : neighbour->settings.priority;
	if (!fits(chain, place, priority))
		return error_set(
			error, ERROR_INVALID_ARGUMENT, -EINVAL,
			"'%s' cannot run directly %s '%s' (priority %u on %s) with priority %u",
			position->name, position->after ? "after" : "before", name,
			neighbour->settings.priority, ifname, priority);
	*ret_place = place;
	*ret_priority = priority;
	return 0;
}

static size_t find_by_priority(const struct chain *chain, uint16_t priority)
{
	size_t place = chain->n_entries;

	while (place > 0 && chain->entries[place - 1].settings.priority > priority)
		place--;
	return place;
}

/* `*ret_priority` is initially the priority that the entry should have, or keeps. */
static int find_place(const struct chain *chain, const struct position *position,
		      const char *ifname, size_t *ret_place, uint16_t *ret_priority,
		      struct error *error)
{
	if (position->before || position->after)
		return find_beside(chain, position, ifname, ret_place, ret_priority, error);
	*ret_priority = position->settings.priority;
	*ret_place = find_by_priority(chain, position->settings.priority);
	return 0;
}

/* The caller has made room for it. */
static struct entry *put(struct chain *chain, size_t place, struct entry entry)
{
	struct entry *at = &chain->entries[place];

	memmove(at + 1, at, (chain->n_entries - place) * sizeof(*at));
	chain->n_entries++;
	*at = entry;
	return at;
}

/* The caller has taken the contents of the entry. */
static void take(struct chain *chain, struct entry *entry)
{
	chain->n_entries--;
	memmove(entry, entry + 1, (chain->n_entries - (entry - chain->entries)) * sizeof(*entry));
}

int chain_insert(struct chain *chain, const struct position *position, size_t entries_max,
		 const char *ifname, struct entry **ret, struct error *error)
{
	cleanup(freep) char *name = strdup(position->name);
	uint16_t priority = position->settings.priority;
	struct entry *longer;
	size_t place = 0;
	int result;

	if (!name)
		return error_memory(error);
	result = component_name_check(name, error);
	if (result < 0)
		return result;
	if (chain_find(chain, name))
		return error_set(error, ERROR_NAME_TAKEN, -EEXIST,
				 "%s already has a component '%s'; choose another name with --name",
				 ifname, name);
	if (chain->n_entries >= entries_max)
		return error_set(error, ERROR_CHAIN_FULL, -ENOSPC,
				 "%s already has %zu components, which is the maximum", ifname,
				 chain->n_entries);
	result = find_place(chain, position, ifname, &place, &priority, error);
	if (result < 0)
		return result;
	longer = reallocarray(chain->entries, chain->n_entries + 1, sizeof(*longer));
	if (!longer)
		return error_memory(error);
	chain->entries = longer;
	*ret = put(chain, place,
		   (struct entry){
			   .id = ++chain->last_id,
			   .name = steal(name),
			   .settings = position->settings,
		   });
	(*ret)->settings.priority = priority;
	return 0;
}

int chain_move(struct chain *chain, const struct position *position, const char *ifname,
	       struct error *error)
{
	struct entry *entry = chain_find(chain, position->name);
	const char *neighbour = position->before ?: position->after;
	struct entry moved;
	uint16_t before_priority;
	size_t before, place;
	int result;

	if (!entry)
		return no_such(position->name, ifname, error);
	if (neighbour && !strcmp(neighbour, position->name))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "'%s' cannot be moved %s itself", position->name,
				 position->before ? "before" : "after");
	before_priority = entry->settings.priority;
	entry->settings = position->settings;
	entry->settings.priority = before_priority;
	if (!position->has_priority && !position->before && !position->after)
		return 0;
	moved = *entry;
	before = place = entry - chain->entries;
	take(chain, entry);
	result = find_place(chain, position, ifname, &place, &moved.settings.priority, error);
	put(chain, result < 0 ? before : place, moved);
	return result;
}

int chain_remove(struct chain *chain, const char *name, const char *ifname, struct error *error)
{
	struct entry *entry = chain_find(chain, name);

	if (!entry)
		return no_such(name, ifname, error);
	entry_done(entry);
	take(chain, entry);
	return 0;
}
