// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/transaction/target.h"

#include "base/cleanup.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/netdev-match.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <string.h>

const struct orphan *target_orphan(const struct transaction *transaction,
				   const struct target *target)
{
	if (!target->is_new || !target->ifindex)
		return NULL;
	return orphans_find(&transaction->manager->orphans, target->netns->path, target->ifindex);
}

int target_check_orphan(const struct transaction *transaction, const struct target *target,
			struct error *error)
{
	const struct orphan *orphan = target_orphan(transaction, target);

	return orphan ? error_set(error, ERROR_DEVICE_BUSY, -EBUSY, "%s", orphan->sentence) : 0;
}

/* The driver, not xdpd, may be why the device runs in skb mode. */
static int refuse_mode(const struct target *target, const struct attachment *attachment,
		       struct error *error)
{
	const char *name = xdp_mode_name(attachment->mode);

	if (attachment->fell_back)
		return error_set(
			error, ERROR_MODE_MISMATCH, -EOPNOTSUPP,
			"%s runs in %s mode because its driver does not support native XDP",
			target->ifname, name);
	return error_set(error, ERROR_MODE_MISMATCH, -EBUSY,
			 "%s already runs in %s mode; release it first to change the mode%s",
			 target->ifname, name,
			 attachment->mode == MODE_SKB ? ", if its driver supports native XDP" : "");
}

int target_choose_mode(struct target *target, enum xdp_mode wanted, struct error *error)
{
	const struct attachment *attachment = target->device->attachment;

	if (wanted == MODE_UNSET)
		return 0;
	if (attachment && attachment->mode != wanted)
		return refuse_mode(target, attachment, error);
	target->config.mode = wanted;
	return 0;
}

static int check_match(const struct target *target, const char *match, struct error *error)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int result = netdev_match_check(match, error);

	if (result == 0 && target->ifindex)
		result = netns_enter(target->netns, &visit, error);
	if (result < 0)
		return result;
	if (target->ifindex && netdev_match_find(match) != target->ifindex)
		return error_set(
			error, ERROR_INVALID_ARGUMENT, -EINVAL,
			"'%s' does not identify %s: it matches no device, or another one first",
			match, target->ifname);
	return 0;
}

int target_set_match(struct target *target, const char *match, struct error *error)
{
	int result = match ? check_match(target, match, error) : 0;

	if (result < 0)
		return result;
	free(target->config.match);
	target->config.match = match ? strdup(match) : NULL;
	return match && !target->config.match ? error_memory(error) : 0;
}

bool target_is_given_up(const struct target *target)
{
	return target->release && !target->rollback;
}

const struct rollback *target_rollback(const struct transaction *transaction,
				       const struct target *target)
{
	return transaction->kind == TRANSACTION_CHANGE ? target->rollback
						       : target->device->rollback;
}

static struct target *find_target(const struct transaction *transaction,
				  const struct device *device)
{
	for (size_t i = 0; i < transaction->n_targets; i++)
		if (transaction->targets[i].device == device)
			return &transaction->targets[i];
	return NULL;
}

/* A change may have more devices than the user named. */
static int make_room(struct transaction *transaction, size_t n_targets)
{
	struct target *targets = reallocarray(transaction->targets, n_targets, sizeof(*targets));
	struct device_result *results;

	if (!targets)
		return error_memory(&transaction->error);
	transaction->targets = targets;
	results = reallocarray(transaction->result.devices, n_targets, sizeof(*results));
	if (!results)
		return error_memory(&transaction->error);
	memset(&results[n_targets - 1], 0, sizeof(*results));
	transaction->result.devices = results;
	return 0;
}

int transaction_add_target(struct transaction *transaction, struct device *device,
			   struct target **ret)
{
	struct target *target = find_target(transaction, device);
	int result = 0;

	*ret = target;
	if (target)
		return 0;
	result = make_room(transaction, transaction->n_targets + 1);
	if (result < 0)
		return result;
	target = *ret = &transaction->targets[transaction->n_targets++];
	*target = (struct target){
		.ifname = device->ifname,
		.ifindex = device->ifindex,
		.device = device,
		.generation = device->generation,
		.stays = true,
	};
	if (device->netns)
		target->netns = (struct netns *)node_hold(&device->netns->node);
	return device_config_copy(&device->config, &target->config, &transaction->error);
}
