// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/pins/opened-maps.h"

#include "base/cleanup.h"
#include "daemon/chain/owner.h"
#include "daemon/kernel/info/map-info.h"

#include <string.h>

static bool contains(const struct opened_maps *maps, const char *owner, uint32_t id)
{
	for (size_t i = 0; i < maps->n_items; i++)
		if (maps->items[i].id == id && !strcmp(maps->items[i].owner, owner))
			return true;
	return false;
}

static int add(struct opened_maps *maps, const char *owner, uint32_t id)
{
	struct opened_map *longer;
	char *name;

	if (contains(maps, owner, id))
		return 0;
	longer = reallocarray(maps->items, maps->n_items + 1, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	maps->items = longer;
	name = strdup(owner);
	if (!name)
		return -ENOMEM;
	longer[maps->n_items++] = (struct opened_map){ name, id };
	return 0;
}

static bool may_be_opened(const struct entry *entry)
{
	return entry->component && map_permissions_are_said(&entry->map_permissions);
}

/* Maps from pins belong to other programs, too. */
static bool is_from_pin(const struct entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->spec.shares.n_items; i++) {
		const struct map_share *share = &entry->spec.shares.items[i];

		if (!strcmp(share->name, name) && map_share_path(share))
			return true;
	}
	return false;
}

int opened_maps_add(struct opened_maps *maps, const struct chain *chain, const char *owner)
{
	int result = 0;

	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];

		if (!same_owner(entry->owner, owner) || !may_be_opened(entry))
			continue;
		for (size_t j = 0; result == 0 && j < entry->component->n_maps; j++)
			if (!is_from_pin(entry, entry->component->maps[j].name))
				result = add(maps, owner, entry->component->maps[j].id);
	}
	return result;
}

static void remove_at(struct opened_maps *maps, size_t number)
{
	free(maps->items[number].owner);
	maps->items[number] = maps->items[--maps->n_items];
}

int opened_maps_each(struct opened_maps *maps, const char *owner,
		     int (*visit)(void *userdata, uint32_t id, uint64_t bytes), void *userdata)
{
	int result = 0;

	for (size_t i = maps->n_items; result >= 0 && i-- > 0;) {
		uint64_t bytes;

		if (strcmp(maps->items[i].owner, owner) != 0)
			continue;
		if (map_info_bytes_of_id(maps->items[i].id, &bytes))
			result = visit(userdata, maps->items[i].id, bytes);
		else
			remove_at(maps, i);
	}
	return result < 0 ? result : 0;
}

void opened_maps_done(struct opened_maps *maps)
{
	while (maps->n_items > 0)
		free(maps->items[--maps->n_items].owner);
	free(steal(maps->items));
}
