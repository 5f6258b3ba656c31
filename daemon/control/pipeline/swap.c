// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/pipeline/swap.h"

#include "base/cleanup.h"
#include "daemon/control/transaction/large-mtu.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/kernel/attach-refusal.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The largest packet that every driver puts into one buffer of a page. */
#define ONE_BUFFER_MTU 1500

/* Writes ", but the MTU is 9000". With another device's MTU, such as that of a peer, drivers refuse a program, too. */
static void format_mtu(unsigned int mtu, size_t size, char *text)
{
	if (mtu > ONE_BUFFER_MTU)
		snprintf(text, size, ", but the MTU is %u", mtu);
	else
		snprintf(text, size, ", which a large MTU needs");
}

/* By the kernel's sentence, which there is only for a first program, or by the errno of drivers such as veth. */
static bool is_about_mtu(const struct error *error)
{
	return error->number == -ERANGE || strstr(error->message ?: "", "MTU");
}

/*
 * Drivers refuse a single-buffer program if the MTU is large; names the component that causes it. In skb
 * mode the kernel copies each packet into one buffer.
 */
static void explain_mtu(const struct target *target, struct error *error)
{
	unsigned int mtu = target_mtu(target);
	const struct entry *entry = chain_find_single_buffer(&target->wanted);
	char why[32];

	if (error->id != ERROR_DEVICE_REFUSED || !entry ||
	    (mtu <= ONE_BUFFER_MTU && !is_about_mtu(error)))
		return;
	format_mtu(mtu, sizeof(why), why);
	if (entry->component->frags)
		error_prefix(
			error,
			"'%s' was loaded for a chain that does not accept multi-buffer packets "
			"('xdpctl replace' loads it again)%s: ",
			entry->name, why);
	else
		error_prefix(error,
			     "'%s' does not accept multi-buffer packets (its section is not "
			     "xdp.frags)%s: ",
			     entry->name, why);
	if (target->device->attachment)
		error_append(error,
			     "; to run it in skb mode, which is slower, release %s and attach all "
			     "of its chain with --mode skb",
			     target->ifname);
	else if (target->config.mode != MODE_SKB)
		error_append(error, "; in skb mode (--mode skb), which is slower, any MTU works");
}

static void advise_on_foreign(const struct target *target, const struct attach_blocker *blocker,
			      const char *option, struct error *error)
{
	if (blocker->can_be_adopted)
		error_append(error, "; 'xdpctl adopt --dev %s%s%s' takes it over", target->ifname,
			     *option ? " --netns " : "", option);
	else if (blocker->link_id)
		error_append(error, "; 'bpftool link detach id %u' detaches it", blocker->link_id);
}

/* Does the same change attach to that device for the first time? */
static bool is_new_here(const struct transaction *transaction, const struct target *target,
			unsigned int ifindex)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *other = &transaction->targets[i];

		if (other != target && other->ifindex == ifindex && !other->device->attachment &&
		    other->netns && other->netns->id == target->netns->id)
			return true;
	}
	return false;
}

/* Advice about the program that is in the way, if it is known. */
static void advise(const struct transaction *transaction, const struct target *target,
		   const struct attach_blocker *blocker, struct error *error)
{
	const char *path = target->netns->path ?: "";

	if (!blocker->ifindex)
		return;
	if (blocker->where == BLOCKER_SELF) {
		advise_on_foreign(target, blocker, path, error);
		return;
	}
	if (is_new_here(transaction, target, blocker->ifindex)) {
		error_append(error,
			     "; the kernel lets only one of them run XDP programs: leave out "
			     "%s or %s",
			     target->ifname, blocker->ifname);
		return;
	}
	if (!registry_find(&transaction->manager->registry, target->netns, blocker->ifindex))
		return;
	error_append(error, "; 'xdpctl release --dev %s%s%s' makes room", blocker->ifname,
		     *path ? " --netns " : "", path);
	if (blocker->where == BLOCKER_ABOVE)
		error_append(error, ", and %s can have its chain again after %s has one",
			     blocker->ifname, target->ifname);
}

static int attach(struct transaction *transaction, struct target *target, int program_fd)
{
	struct attach_blocker blocker = {};
	char name[32];
	const struct attachment_request request = {
		.program_fd = program_fd,
		.ifindex = target->ifindex,
		.ifname = target->ifname,
		.mode = target->config.mode,
		.parent = transaction->manager->directories.devices,
		.name = name,
	};
	int result;

	snprintf(name, sizeof(name), "%" PRIu64, target->device->number);
	result = attachment_new(&request, &target->attachment, &blocker, &transaction->error);
	if (result < 0)
		advise(transaction, target, &blocker, &transaction->error);
	target->blocked_by = blocker.ifindex;
	return result;
}

int swap_in(struct transaction *transaction, struct target *target)
{
	const struct device *device = target->device;
	const struct generation *running = device_running(device);
	struct error *error = &transaction->error;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int program_fd = target->built->rootlet->fd;
	int result = netns_enter(target->netns, &visit, error);

	if (result < 0)
		return result;
	if (device->attachment)
		result = attachment_update(device->attachment, program_fd,
					   running ? running->rootlet->fd : -1, target->ifname,
					   error);
	else if (target->attachment)
		result = attachment_update(target->attachment, program_fd, -1, target->ifname,
					   error);
	else
		result = attach(transaction, target, program_fd);
	if (result == 0)
		target->swapped = true;
	else
		explain_mtu(target, error);
	return result;
}

static bool attaches(const struct target *target)
{
	return target->built && !target->device->attachment && !target->attachment;
}

/* Ports get their programs before their bond, so only that order counts. Returns how many there are. */
static size_t find_others(const struct transaction *transaction, const struct target *target,
			  unsigned int *ret)
{
	size_t n_others = 0;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *other = &transaction->targets[i];

		if (other != target && attaches(other) && other->netns->id == target->netns->id)
			ret[n_others++] = other->ifindex;
	}
	return n_others;
}

int swap_check(struct transaction *transaction, const struct target *target)
{
	struct error *error = &transaction->error;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	cleanup(freep) unsigned int *others = calloc(transaction->n_targets, sizeof(*others));
	struct attach_plan plan = {
		.ifindex = target->ifindex,
		.ifname = target->ifname,
		.mode = target->config.mode,
		.earlier = others,
	};
	struct attach_blocker blocker = {};
	int result;

	if (!attaches(target))
		return 0;
	if (!others)
		return error_memory(error);
	plan.program_fd = target->built->rootlet->fd;
	plan.n_earlier = find_others(transaction, target, others);
	result = netns_enter(target->netns, &visit, error);
	if (result == 0)
		result = attach_check(&plan, &blocker, error);
	if (result < 0 && error->id == ERROR_DEVICE_BUSY)
		advise(transaction, target, &blocker, error);
	return result;
}

/*
 * Marks the copy of the record: the record is deleted when the link is gone, and must not count as lost.
 */
static void annotate_given_up(const struct target *target)
{
	if (target->is_new && target->built)
		generation_annotate(target->built, RECORD_RELEASED, NULL);
}

void swap_back(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target->attachment) {
			annotate_given_up(target);
			attachment_drop(&target->attachment);
		} else if (target->swapped && target->device->live)
			attachment_update(target->device->attachment,
					  device_running(target->device)->rootlet->fd,
					  target->built->rootlet->fd, target->ifname, NULL);
		target->ran = target->swapped && !target->is_new;
		target->swapped = false;
	}
}
