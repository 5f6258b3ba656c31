// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/state/device.h"

#include "base/cleanup.h"
#include "daemon/chain/entry-owner.h"
#include "daemon/kernel/attachment.h"
#include "daemon/kernel/netdev-match.h"
#include "daemon/state/rollback.h"
#include "daemon/state/setting-owners.h"

#include <assert.h>
#include <string.h>

void device_drop(struct device **p)
{
	struct device *device = steal(*p);

	if (!device)
		return;
	attachment_drop(&device->attachment);
	generation_release(&device->twin);
	generation_release(&device->live);
	generation_release(&device->retiring);
	chain_done(&device->chain);
	rollback_drop(&device->rollback);
	free(device->failure);
	free(device->reported);
	free(device->fuse_failure);
	free(device->unlisted);
	free(device->lost_redirects);
	free(device->netns_path);
	device_config_done(&device->config);
	netns_release(&device->netns);
	free(device);
}

const struct generation *device_running(const struct device *device)
{
	return device->twin ?: device->live;
}

bool device_is_released(const struct device *device)
{
	return device->rollback && device->rollback->released;
}

unsigned int device_locate(const struct device *device)
{
	return device->config.match ? netdev_match_find(device->config.match)
				    : if_nametoindex(device->ifname);
}

/* Adds the generation's counts to the stats of components that are still in the chain. */
static int add_counted(const struct generation *generation, const struct chain *chain,
		       struct component_stats *stats, struct error *error)
{
	size_t n_members = generation ? generation->n_members : 0;
	size_t n_rows = generation ? generation->rootlet->n_rows : 0;
	cleanup(freep) struct counter_row *rows = calloc(n_rows + 1, sizeof(*rows));
	cleanup(freep) struct component_stats *counted = calloc(n_members + 1, sizeof(*counted));
	int result;

	if (!rows || !counted)
		return error_memory(error);
	if (!generation)
		return 0;
	assert(n_rows > n_members);
	result = counters_read(generation->rootlet->counters_fd, n_rows, rows, error);
	if (result < 0)
		return result;
	component_stats_count(rows, n_rows, n_members, counted);
	for (size_t i = 0; i < n_members; i++) {
		const struct entry *entry = chain_find_id(chain, generation->members[i].id);

		/* A tail call does not return, so its verdict is unknown. */
		if (generation->members[i].join == JOIN_TAIL_CALLED)
			counted[i] = (struct component_stats){ .run = counted[i].run };
		if (entry)
			component_stats_add(&stats[entry - chain->entries], &counted[i]);
	}
	return 0;
}

int device_component_stats(const struct device *device, struct component_stats **ret,
			   struct error *error)
{
	size_t n_entries = device->chain.n_entries;
	cleanup(freep) struct component_stats *stats = calloc(n_entries + 1, sizeof(*stats));
	int result;

	if (!stats)
		return error_memory(error);
	for (size_t i = 0; i < n_entries; i++)
		stats[i] = device->chain.entries[i].total;
	result = add_counted(device->live, &device->chain, stats, error);
	if (result == 0)
		result = add_counted(device->retiring, &device->chain, stats, error);
	if (result == 0)
		*ret = steal(stats);
	return result;
}

static int fold_into(struct chain *chain, const struct generation *generation, struct error *error)
{
	cleanup(freep) struct component_stats *stats = calloc(chain->n_entries + 1, sizeof(*stats));
	int result;

	if (!stats)
		return error_memory(error);
	result = add_counted(generation, chain, stats, error);
	for (size_t i = 0; result == 0 && i < chain->n_entries; i++)
		component_stats_add(&chain->entries[i].total, &stats[i]);
	return result;
}

int device_fold(struct device *device, struct generation **ret, struct error *error)
{
	int result;

	*ret = steal(device->retiring);
	result = fold_into(&device->chain, *ret, error);
	if (result == 0 && device->rollback)
		result = fold_into(&device->rollback->chain, *ret, error);
	return result;
}

/*
 * Pins for libxdp's tools would be taken for those of the running rootlet. And a netlink-owned device, after
 * a rollback, may need another attach type.
 */
static struct generation *find_before(const struct device *device)
{
	const struct attachment *attachment = device->attachment;

	if (device->rollback)
		return device->rollback->before;
	return device->live && attachment && attachment->fd >= 0 && !device->live->libxdp_pins
		       ? device->live
		       : NULL;
}

int device_rollback_new(const struct device *device, bool is_new, struct rollback **ret,
			struct error *error)
{
	cleanup(rollback_drop) struct rollback *rollback = calloc(1, sizeof(*rollback));
	const struct rollback *before = device->rollback;
	struct generation *generation = find_before(device);
	int result;

	if (!rollback)
		return error_memory(error);
	rollback->was_ours = before ? before->was_ours : !is_new;
	if (generation)
		rollback->before = (struct generation *)node_hold(&generation->node);
	result = device_config_copy(before ? &before->config : &device->config, &rollback->config,
				    error)
			 ?: chain_copy(before ? &before->chain : &device->chain, &rollback->chain,
				       error);
	if (result == 0)
		*ret = steal(rollback);
	return result;
}

bool device_is_incomplete(const struct device *device)
{
	const struct entry *entry;

	for (size_t i = 0; (entry = chain_nth(&device->chain, i)); i++)
		if (!entry->component && !entry->parked)
			return true;
	return !device->live && !device_is_released(device);
}

bool device_has_owner(const struct device *device, const char *owner)
{
	const struct chain *chain = &device->chain;

	if (setting_owners_have_any(&device->config.owners, owner))
		return true;
	for (size_t i = 0; i < chain->n_entries; i++)
		if (!chain->entries[i].lease && entry_belongs_to(&chain->entries[i], owner))
			return true;
	return false;
}
