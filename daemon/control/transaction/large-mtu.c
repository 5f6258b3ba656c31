// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/transaction/large-mtu.h"

#include "base/cleanup.h"
#include "daemon/kernel/info/xdp-features.h"
#include "daemon/kernel/netdev.h"
#include "daemon/state/device.h"

#include <net/if.h>
#include <unistd.h>

/* What a buffer holds besides packet data: XDP_PACKET_HEADROOM, struct skb_shared_info and an Ethernet header. */
#define BUFFER_OVERHEAD (256 + 320 + 14)

const struct entry *chain_find_single_buffer(const struct chain *chain)
{
	for (size_t i = 0; chain_nth(chain, i); i++) {
		const struct entry *entry = chain_nth(chain, i);

		if (!entry->parked && entry->component &&
		    !component_accepts_frags(entry->component))
			return entry;
	}
	return NULL;
}

/* The client may have used an alternative name, which can be longer than the ioctl takes. */
unsigned int target_mtu(const struct target *target)
{
	char ifname[IF_NAMESIZE];

	return if_indextoname(target->ifindex, ifname) ? netdev_mtu(ifname) : 0;
}

/* In skb mode the kernel copies each packet into one buffer. A driver that accepted such a chain does so again. */
static bool is_accepted(const struct target *target)
{
	const struct attachment *attachment = target->device->attachment;

	if (!attachment)
		return target->config.mode == MODE_SKB;
	return attachment->mode == MODE_SKB || chain_find_single_buffer(&target->device->chain);
}

int large_mtu_warn(const struct target *target, struct strings *warnings, struct error *error)
{
	const struct entry *entry = chain_find_single_buffer(&target->wanted);
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	unsigned int mtu;

	if (!entry || entry->component->frags || !target->ifindex || is_accepted(target) ||
	    netns_enter(target->netns, &visit, NULL) < 0)
		return 0;
	mtu = target_mtu(target);
	if (mtu <= sysconf(_SC_PAGESIZE) - BUFFER_OVERHEAD || !xdp_features_native(target->ifindex))
		return 0;
	if (strings_print(
		    warnings,
		    "'%s' does not accept multi-buffer packets (its section is not xdp.frags), but "
		    "the MTU is %u; most drivers refuse that in native mode, and skb mode accepts "
		    "it",
		    entry->name, mtu) < 0)
		return error_memory(error);
	return 0;
}
