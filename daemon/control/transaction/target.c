#include "daemon/control/transaction/target.h"

#include "base/cleanup.h"
#include "daemon/kernel/netdev-match.h"

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

int target_choose_mode(struct target *target, enum xdp_mode wanted, struct error *error)
{
	const struct attachment *attachment = target->device->attachment;

	if (wanted == MODE_UNSET)
		return 0;
	if (attachment && attachment->mode != wanted)
		return error_set(error, ERROR_MODE_MISMATCH, -EBUSY,
				 "%s already runs in %s mode; release it first to change the mode",
				 target->ifname, xdp_mode_name(attachment->mode));
	target->mode = wanted;
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
	free(target->match);
	target->changes_match = true;
	target->match = match ? strdup(match) : NULL;
	return match && !target->match ? error_memory(error) : 0;
}
