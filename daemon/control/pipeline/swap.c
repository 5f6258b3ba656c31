#include "daemon/control/pipeline/swap.h"

#include "base/cleanup.h"
#include "daemon/kernel/netdev.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"

#include <inttypes.h>
#include <stdio.h>

/* The largest packet that every driver takes in one buffer of a page. */
#define ONE_BUFFER_MTU 1500

/* Drivers refuse a program for single buffers on a large MTU; says which component it is. */
static void explain_refusal(const struct target *target, struct error *error)
{
	unsigned int mtu = netdev_mtu(target->ifname);

	if (error->id != ERROR_DEVICE_REFUSED || mtu <= ONE_BUFFER_MTU)
		return;
	for (size_t i = 0; chain_nth(&target->wanted, i); i++) {
		const struct entry *entry = chain_nth(&target->wanted, i);

		if (!entry->parked && entry->component && !entry->component->frags) {
			error_prefix(error,
				     "'%s' does not accept multi-buffer packets (its section is "
				     "not xdp.frags), but the MTU is %u: ",
				     entry->name, mtu);
			return;
		}
	}
}

int swap_in(struct transaction *transaction, struct target *target)
{
	const struct device *device = target->device;
	struct error *error = &transaction->error;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int program_fd = target->built->rootlet->fd;
	char name[32];
	int result = netns_enter(target->netns, &visit, error);

	if (result < 0)
		return result;
	snprintf(name, sizeof(name), "%" PRIu64, device->number);
	if (device->attachment)
		result = attachment_update(device->attachment, program_fd,
					   device->live ? device->live->rootlet->fd : -1,
					   target->ifname, error);
	else if (target->attachment)
		result = attachment_update(target->attachment, program_fd, -1, target->ifname,
					   error);
	else
		result = attachment_new(program_fd, target->ifindex, target->ifname,
					target->config.mode,
					transaction->manager->directories.devices, name,
					&target->attachment, error);
	if (result == 0)
		target->swapped = true;
	else
		explain_refusal(target, error);
	return result;
}

/* Its record goes when its link is gone, and must not be taken for lost then. */
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
					  target->device->live->rootlet->fd,
					  target->built->rootlet->fd, target->ifname, NULL);
		target->ran = target->swapped && !target->is_new;
		target->swapped = false;
	}
}
