// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/chain/plan.h"

#include "base/cleanup.h"
#include "daemon/chain/bypass.h"
#include "daemon/chain/component-name.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const action_names[] = {
	[ACTION_KEEP] = "keep", [ACTION_ADD] = "add",	    [ACTION_REPLACE] = "replace",
	[ACTION_SET] = "set",	[ACTION_REMOVE] = "remove",
};
static_assert(array_size(action_names) == ACTION_COUNT, "every action has a name");

const char *action_name(enum action action)
{
	return action_names[action];
}

void plan_done(struct plan *plan)
{
	free(plan->ifname);
	free(plan->netns);
	diff_done(&plan->diff);
	for (size_t i = 0; i < plan->n_steps; i++) {
		free(plan->steps[i].name);
		diff_done(&plan->steps[i].diff);
	}
	free(plan->steps);
	strings_done(&plan->warnings);
	*plan = (struct plan){};
}

int plan_compare(struct plan *plan, const char *field, const char *before, const char *after,
		 struct error *error)
{
	if (same_text(before, after))
		return 0;
	plan->changes = true;
	return diff_add(&plan->diff, field, before, after, error);
}

/* The state of planning a chain. */
struct making {
	struct chain old; /* an entry that was moved out of it no longer has a name */
	struct chain *chain;
	size_t *old_places; /* of the entries of the new chain; NO_PLACE: the entry is new */
	struct plan *plan;
	struct error *error;
};

#define NO_PLACE SIZE_MAX

static void making_done(struct making *making)
{
	chain_done(&making->old);
	free(making->old_places);
}

static struct entry *find_old(const struct making *making, const char *name)
{
	for (size_t i = 0; i < making->old.n_entries; i++)
		if (same_text(making->old.entries[i].name, name))
			return &making->old.entries[i];
	return NULL;
}

static struct step *add_step(struct plan *plan, const char *name, enum action action,
			     struct error *error)
{
	struct step *step = &plan->steps[plan->n_steps];

	*step = (struct step){ .name = strdup(name), .action = action };
	if (!step->name) {
		error_memory(error);
		return NULL;
	}
	plan->n_steps++;
	return step;
}

static int add_new(struct making *making, const struct component_config *wanted)
{
	struct chain *chain = making->chain;
	struct step *step = add_step(making->plan, wanted->name, ACTION_ADD, making->error);
	char *name = strdup(wanted->name);
	char *owner = wanted->owner ? strdup(wanted->owner) : NULL;
	struct map_permissions map_permissions = {};

	if (!name || !step || (wanted->owner && !owner) ||
	    map_permissions_copy(&wanted->map_permissions, &map_permissions) < 0) {
		free(name);
		free(owner);
		return error_memory(making->error);
	}
	making->old_places[chain->n_entries] = NO_PLACE;
	chain->entries[chain->n_entries++] = (struct entry){
		.id = ++chain->last_id,
		.name = name,
		.owner = owner,
		.settings = wanted->settings,
		.map_permissions = map_permissions,
	};
	return diff_find(&step->diff, NULL, wanted, making->error);
}

static int take_old(struct making *making, struct entry *entry,
		    const struct component_config *wanted)
{
	const struct component_config before = {
		.name = entry->name,
		.owner = entry->owner,
		.settings = entry->settings,
		.map_permissions = entry->map_permissions,
		.spec = &entry->spec,
	};
	struct component_config after = *wanted;
	struct step *step = add_step(making->plan, wanted->name, ACTION_KEEP, making->error);
	struct map_permissions map_permissions = {};
	char *owner;
	int result;

	if (!step)
		return -ENOMEM;
	owner = wanted->owner ? strdup(wanted->owner) : NULL;
	if ((wanted->owner && !owner) ||
	    map_permissions_copy(&wanted->map_permissions, &map_permissions) < 0) {
		free(owner);
		return error_memory(making->error);
	}
	after.spec = wanted->spec ?: &entry->spec;
	result = diff_find(&step->diff, &before, &after, making->error);
	if (wanted->spec && !component_spec_equal(wanted->spec, &entry->spec))
		step->action = ACTION_REPLACE;
	else if (step->diff.n_items)
		step->action = ACTION_SET;
	free(entry->owner);
	entry->owner = owner;
	entry->settings = wanted->settings;
	map_permissions_done(&entry->map_permissions);
	entry->map_permissions = map_permissions;
	making->old_places[making->chain->n_entries] = entry - making->old.entries;
	making->chain->entries[making->chain->n_entries++] = *entry;
	*entry = (struct entry){};
	return result;
}

static int place(struct making *making, const struct component_config *wanted)
{
	struct entry *old = find_old(making, wanted->name);
	int result;

	if (chain_find(making->chain, wanted->name))
		return error_set(making->error, ERROR_NAME_TAKEN, -EEXIST,
				 "%s would have two components named '%s'", making->plan->ifname,
				 wanted->name);
	if (!wanted->spec && (!old || *old->spec.sha256))
		return error_set(making->error, ERROR_NO_SUCH_COMPONENT, -ENOENT,
				 "%s: component '%s' needs an object; only a component adopted "
				 "without one may omit it",
				 making->plan->ifname, wanted->name);
	if (old)
		return take_old(making, old, wanted);
	result = component_name_check(wanted->name, making->error);
	if (result == 0)
		return add_new(making, wanted);
	error_prefix(making->error, "%s: ", making->plan->ifname);
	return result;
}

/*
 * A longest run of components that keep their order stays; the other remaining components are moved.
 * lengths[i] is the length of the longest run that ends with i, and before[i] is the one before i in it.
 */
static int note_moved(struct making *making, bool *ret_stays)
{
	size_t n_entries = making->chain->n_entries, best = NO_PLACE;
	cleanup(freep) size_t *lengths = calloc(n_entries + 1, sizeof(*lengths));
	cleanup(freep) size_t *before = calloc(n_entries + 1, sizeof(*before));
	const size_t *places = making->old_places;

	if (!lengths || !before)
		return error_memory(making->error);
	for (size_t i = 0; i < n_entries; i++) {
		before[i] = NO_PLACE;
		if (places[i] == NO_PLACE)
			continue;
		lengths[i] = 1;
		for (size_t j = 0; j < i; j++) {
			if (places[j] == NO_PLACE || places[j] > places[i] ||
			    lengths[j] < lengths[i])
				continue;
			lengths[i] = lengths[j] + 1;
			before[i] = j;
		}
		if (best == NO_PLACE || lengths[i] > lengths[best])
			best = i;
	}
	for (; best != NO_PLACE; best = before[best])
		ret_stays[best] = true;
	return 0;
}

/* A new priority already shows the move. */
static int describe_moved(struct making *making, size_t number)
{
	struct step *step = &making->plan->steps[number];
	char before[24], after[24];

	for (size_t i = 0; i < step->diff.n_items; i++)
		if (!strcmp(step->diff.items[i].field, "priority"))
			return 0;
	snprintf(before, sizeof(before), "%zu", making->old_places[number]);
	snprintf(after, sizeof(after), "%zu", number);
	if (step->action == ACTION_KEEP)
		step->action = ACTION_SET;
	return diff_add(&step->diff, "place", before, after, making->error);
}

static int describe_order(struct making *making)
{
	size_t n_entries = making->chain->n_entries;
	cleanup(freep) bool *stays = calloc(n_entries + 1, sizeof(*stays));
	int result = stays ? note_moved(making, stays) : error_memory(making->error);

	for (size_t i = 0; result == 0 && i < n_entries; i++)
		if (making->old_places[i] != NO_PLACE && !stays[i])
			result = describe_moved(making, i);
	return result;
}

static int describe_removed(struct making *making)
{
	for (size_t i = 0; i < making->old.n_entries; i++)
		if (making->old.entries[i].name &&
		    !add_step(making->plan, making->old.entries[i].name, ACTION_REMOVE,
			      making->error))
			return -ENOMEM;
	return 0;
}

/* Sorts by priority; components of the same priority keep their order. */
static void sort(size_t n_configs, const struct component_config **sorted)
{
	for (size_t i = 1; i < n_configs; i++) {
		const struct component_config *moved = sorted[i];
		size_t place = i;

		for (; place > 0 && sorted[place - 1]->settings.priority > moved->settings.priority;
		     place--)
			sorted[place] = sorted[place - 1];
		sorted[place] = moved;
	}
}

static int making_init(struct making *making, size_t n_configs)
{
	struct chain *chain = making->chain;
	struct plan *plan = making->plan;

	making->old = *chain;
	*chain = (struct chain){ .last_id = making->old.last_id,
				 .policy = steal(making->old.policy) };
	chain->entries = calloc(n_configs + 1, sizeof(*chain->entries));
	making->old_places = calloc(n_configs + 1, sizeof(*making->old_places));
	plan->steps = calloc(n_configs + making->old.n_entries + 1, sizeof(*plan->steps));
	return chain->entries && making->old_places && plan->steps ? 0
								   : error_memory(making->error);
}

int plan_chain(struct chain *chain, size_t n_configs, const struct component_config *configs,
	       size_t entries_max, struct plan *ret, struct error *error)
{
	cleanup(making_done) struct making making = { .chain = chain, .plan = ret, .error = error };
	cleanup(freep)
		const struct component_config **sorted = calloc(n_configs + 1, sizeof(*sorted));
	int result;

	if (n_configs > entries_max)
		return error_set(error, ERROR_CHAIN_FULL, -ENOSPC,
				 "%s would have %zu components; the maximum is %zu", ret->ifname,
				 n_configs, entries_max);
	if (!sorted)
		return error_memory(error);
	for (size_t i = 0; i < n_configs; i++)
		sorted[i] = &configs[i];
	sort(n_configs, sorted);
	result = making_init(&making, n_configs);
	for (size_t i = 0; result == 0 && i < n_configs; i++)
		result = place(&making, sorted[i]);
	if (result == 0)
		result = describe_order(&making);
	if (result == 0)
		result = describe_removed(&making);
	for (size_t i = 0; result == 0 && i < ret->n_steps; i++)
		ret->changes |= ret->steps[i].action != ACTION_KEEP;
	return result;
}

int plan_warn(struct plan *plan, const struct chain *chain, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < chain->n_entries; i++) {
		cleanup(freep) char *sentence = NULL;

		result = bypass_describe(chain, i, &sentence, error);
		if (sentence && strings_add(&plan->warnings, sentence, strlen(sentence)) < 0)
			return error_memory(error);
	}
	return result;
}

int plan_warn_suspended(struct plan *plan, struct error *error)
{
	return strings_print(&plan->warnings,
			     "%s is suspended, and stays so: packets bypass its chain until "
			     "'xdpctl resume --dev %s'",
			     plan->ifname, plan->ifname) < 0
		       ? error_memory(error)
		       : 0;
}

int plan_warn_unconfirmed(struct plan *plan, struct error *error)
{
	return strings_print(&plan->warnings,
			     "%s has an unconfirmed change, and this plan starts from it; apply "
			     "will be refused without --confirm",
			     plan->ifname) < 0
		       ? error_memory(error)
		       : 0;
}

int plan_warn_parked(struct plan *plan, const char *name, const char *why, struct error *error)
{
	return strings_print(&plan->warnings,
			     "'%s' will be parked until the device has a place for it: %s", name,
			     why ?: "out of memory") < 0
		       ? error_memory(error)
		       : 0;
}
