// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/pins/orphans.h"

#include "base/cleanup.h"
#include "daemon/state/registry.h"

#include <inttypes.h>
#include <stdio.h>

static void orphan_done(struct orphan *item)
{
	netdev_name_done(&item->name);
	free(item->sentence);
}

void orphans_done(struct orphans *orphans)
{
	for (size_t i = 0; i < orphans->n_items; i++)
		orphan_done(&orphans->items[i]);
	free(orphans->items);
	*orphans = (struct orphans){};
}

int orphan_open(const struct pin_directories *directories, uint64_t number, struct attachment **ret,
		unsigned int *ret_ifindex, uint32_t *ret_program_id)
{
	char name[32];
	int result;

	snprintf(name, sizeof(name), "%" PRIu64, number);
	result = attachment_restore(directories->devices, name, MODE_UNSET, ret, NULL);
	if (result == 0)
		result = attachment_look(*ret, ret_ifindex, ret_program_id, NULL);
	return result;
}

int orphans_add(struct orphans *orphans, struct orphan *item, struct error *error)
{
	struct orphan *longer = reallocarray(orphans->items, orphans->n_items + 1, sizeof(*longer));

	if (longer)
		orphans->items = longer;
	if (!longer || !item->sentence) {
		orphan_done(item);
		return error_memory(error);
	}
	longer[orphans->n_items++] = *item;
	return 0;
}

const struct orphan *orphans_find(const struct orphans *orphans, const char *netns,
				  unsigned int ifindex)
{
	for (size_t i = 0; i < orphans->n_items; i++) {
		const struct orphan *item = &orphans->items[i];

		if (*item->name.ifname && item->ifindex == ifindex &&
		    same_netns(item->name.netns, netns))
			return item;
	}
	return NULL;
}

const struct orphan *orphans_find_number(const struct orphans *orphans, uint64_t number)
{
	for (size_t i = 0; i < orphans->n_items; i++)
		if (orphans->items[i].number == number)
			return &orphans->items[i];
	return NULL;
}

void orphans_remove(struct orphans *orphans, const struct orphan *item)
{
	size_t number = item - orphans->items;

	orphan_done(&orphans->items[number]);
	orphans->items[number] = orphans->items[--orphans->n_items];
}

void orphan_release(const struct pin_directories *directories, uint64_t number)
{
	cleanup(attachment_drop) struct attachment *attachment = NULL;
	unsigned int ifindex;
	uint32_t program_id;

	orphan_open(directories, number, &attachment, &ifindex, &program_id);
}

bool orphan_runs(const struct pin_directories *directories, const struct orphan *item)
{
	cleanup(attachment_keep) struct attachment *attachment = NULL;
	unsigned int ifindex;
	uint32_t program_id;
	int result = orphan_open(directories, item->number, &attachment, &ifindex, &program_id);

	return result < 0 ? errno_is_passing(result) : ifindex != 0;
}
