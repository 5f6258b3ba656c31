// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/grant-budget.h"

#include "base/cleanup.h"
#include "daemon/chain/owner.h"
#include "daemon/kernel/info/map-info.h"
#include "daemon/state/rollback.h"

#include <stdint.h>
#include <unistd.h>

/* Kernel ids, each of them once. */
struct ids {
	size_t n_items;
	uint32_t *items;
};

/* What the components of one owner use. */
struct usage {
	uint64_t components;
	uint64_t map_bytes;
	uint64_t instructions;
	struct ids maps;
	struct ids programs;
};

static void usage_done(struct usage *usage)
{
	free(usage->maps.items);
	free(usage->programs.items);
}

static bool ids_have(const struct ids *ids, uint32_t id)
{
	for (size_t i = 0; i < ids->n_items; i++)
		if (ids->items[i] == id)
			return true;
	return false;
}

/* 1: the id is new; 0: it is not; -ENOMEM. */
static int ids_add(struct ids *ids, uint32_t id)
{
	uint32_t *longer;

	if (ids_have(ids, id))
		return 0;
	longer = reallocarray(ids->items, ids->n_items + 1, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	ids->items = longer;
	ids->items[ids->n_items++] = id;
	return 1;
}

/* A component may be on several devices, and a map in several components. */
static int add_component(struct usage *usage, const struct component *component)
{
	int result = ids_add(&usage->programs, component->id);

	if (result > 0)
		usage->instructions += component->work.processed;
	for (size_t i = 0; result >= 0 && i < component->n_maps; i++) {
		result = ids_add(&usage->maps, component->maps[i].id);
		if (result > 0)
			usage->map_bytes += map_info_bytes(component->maps[i].fd);
	}
	return result < 0 ? result : 0;
}

/* Programs and maps of the chain; its components count only if they are attached. `chain` may be NULL. */
static int add_chain(struct usage *usage, const struct chain *chain, bool is_attached,
		     const char *owner)
{
	int result = 0;

	for (size_t i = 0; chain && result == 0 && i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];

		if (!same_owner(entry->owner, owner))
			continue;
		usage->components += is_attached;
		if (entry->component)
			result = add_component(usage, entry->component);
	}
	return result;
}

/* The chain that stays loaded for the rollback of an unconfirmed change; NULL: none does. */
static const struct chain *kept_chain(const struct device *device, bool is_target_to_confirm)
{
	if (device->rollback)
		return &device->rollback->chain;
	return is_target_to_confirm ? &device->chain : NULL;
}

/* Maps that are in no chain, because a process has them open. */
struct held_maps {
	const struct usage *before, *after; /* of the chains */
	uint64_t bytes;
};

static int add_held(void *userdata, uint32_t id, uint64_t bytes)
{
	struct held_maps *held = userdata;

	if (!ids_have(&held->before->maps, id) && !ids_have(&held->after->maps, id))
		held->bytes += bytes;
	return 0;
}

static bool is_target(const struct transaction *transaction, const struct device *device)
{
	for (size_t i = 0; i < transaction->n_targets; i++)
		if (transaction->targets[i].device == device)
			return true;
	return false;
}

/* `before`: without the change. */
static int count(const struct transaction *transaction, const char *owner, bool before,
		 struct usage *ret)
{
	const struct registry *registry = &transaction->manager->registry;
	bool confirm = !before && transaction->change->confirm;
	int result = 0;

	for (size_t i = 0; result == 0 && i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];
		bool changes = !before && is_target(transaction, device);

		if (!changes)
			result = add_chain(ret, &device->chain, true, owner);
		if (result == 0)
			result = add_chain(ret, kept_chain(device, changes && confirm), false,
					   owner);
	}
	for (size_t i = 0; !before && result == 0 && i < transaction->n_targets; i++)
		result = add_chain(ret, &transaction->targets[i].wanted, true, owner);
	return result;
}

/* Notes the maps that others may open. */
static int note_maps(const struct transaction *transaction, const char *owner)
{
	const struct registry *registry = &transaction->manager->registry;
	struct opened_maps *maps = &transaction->manager->opened_maps;
	int result = 0;

	for (size_t i = 0; result == 0 && i < registry->n_devices; i++)
		result = opened_maps_add(maps, &registry->devices[i]->chain, owner);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = opened_maps_add(maps, &transaction->targets[i].wanted, owner);
	return result;
}

/* What the change has added to the target so far. All of it is also there at the end. */
static int add_new(struct usage *usage, const struct target *target, const char *owner)
{
	const struct chain *before = &target->device->chain;
	int result = 0;

	for (size_t i = 0; result == 0 && i < target->wanted.n_entries; i++) {
		const struct entry *entry = &target->wanted.entries[i];

		if (!same_owner(entry->owner, owner))
			continue;
		usage->components += !chain_find_id(before, entry->id);
		if (entry->component && !chain_find_loaded(before, entry->component->id))
			result = add_component(usage, entry->component);
	}
	return result;
}

static int count_new(const struct transaction *transaction, const char *owner, struct usage *ret)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = add_new(ret, &transaction->targets[i], owner);
	return result;
}

/* A part of the budget. */
static const struct part {
	size_t limit; /* offset in struct grant */
	size_t used;  /* offset in struct usage */
	const char *key;
	const char *what;
} parts[] = {
	{ offsetof(struct grant, components), offsetof(struct usage, components), "components",
	  "components" },
	{ offsetof(struct grant, map_bytes), offsetof(struct usage, map_bytes), "map-bytes",
	  "bytes of maps" },
	{ offsetof(struct grant, instructions), offsetof(struct usage, instructions),
	  "instructions", "verified instructions" },
};

static uint64_t number_at(const void *members, size_t offset)
{
	return *(const uint64_t *)((const char *)members + offset);
}

static int check_part(const struct part *part, const struct grant *grant, const struct usage *after,
		      const struct usage *before, struct error *error)
{
	uint64_t limit = number_at(grant, part->limit), used = number_at(after, part->used);

	if (used <= limit || used <= number_at(before, part->used))
		return 0;
	return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
			 "owner '%s' would have %llu %s, and the maximum is %llu "
			 "(%s in the setting 'owner')",
			 grant->owner, (unsigned long long)used, part->what,
			 (unsigned long long)limit, part->key);
}

static int check_parts(const struct grant *grant, const struct usage *after,
		       const struct usage *before, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < array_size(parts); i++)
		result = check_part(&parts[i], grant, after, before, error);
	return result;
}

static int check_once(const struct transaction *transaction, const struct grant *grant,
		      bool *ret_held, struct error *error)
{
	cleanup(usage_done) struct usage before = {}, after = {};
	struct held_maps held = { &before, &after, 0 };
	int result = note_maps(transaction, grant->owner)
			     ?: count(transaction, grant->owner, true, &before)
			     ?: count(transaction, grant->owner, false, &after);

	if (result == 0)
		result = opened_maps_each(&transaction->manager->opened_maps, grant->owner,
					  add_held, &held);
	before.map_bytes += held.bytes;
	after.map_bytes += held.bytes;
	*ret_held = held.bytes;
	return result < 0 ? error_memory(error) : check_parts(grant, &after, &before, error);
}

#define PAUSE_USEC 50000
#define TRIES	   20

/* The kernel frees a map some time after its component is gone. */
static int check_grant(const struct transaction *transaction, const struct grant *grant,
		       struct error *error)
{
	bool held = false;
	int result = check_once(transaction, grant, &held, error);

	for (int i = 1; result == -EDQUOT && held && i < TRIES; i++) {
		error_done(error);
		usleep(PAUSE_USEC);
		result = check_once(transaction, grant, &held, error);
	}
	return result;
}

int grant_budget_check_new(const struct transaction *transaction, const struct grant *grant,
			   struct error *error)
{
	cleanup(usage_done) struct usage before = {}, new = {};
	int result = count(transaction, grant->owner, true, &before)
			     ?: count_new(transaction, grant->owner, &new);

	return result < 0 ? error_memory(error) : check_parts(grant, &new, &before, error);
}

int grant_budget_check(const struct transaction *transaction, struct error *error)
{
	const struct grants *grants = &transaction->change->grants;
	int result = 0;

	for (size_t i = 0; result == 0 && i < grants->n_items; i++)
		result = check_grant(transaction, &grants->items[i], error);
	return result;
}
