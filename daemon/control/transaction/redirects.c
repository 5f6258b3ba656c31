// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/transaction/redirects.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/redirect-targets.h"
#include "daemon/kernel/info/xdp-features.h"

#include <stdio.h>

bool redirects_are_possible(const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];

		if (!entry->parked && entry->component && entry->component->has_program_maps)
			return true;
	}
	return false;
}

static char *describe(const struct chain *chain)
{
	char ifname[IF_NAMESIZE];
	char *sentence = NULL;

	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];

		if (entry->parked || !entry->component ||
		    !redirect_targets_find_lost(entry->component, ifname))
			continue;
		if (asprintf(&sentence,
			     "packets that '%s' redirects to %s do not arrive, because %s does not "
			     "transmit them at present (a veth does only while its other end has "
			     "GRO or an XDP program; others, while they have an XDP program)",
			     entry->name, ifname, ifname) < 0)
			return NULL;
		return sentence;
	}
	return NULL;
}

/* In skb mode, redirected packets are transmitted like any others. */
char *redirects_describe_lost(const struct chain *chain, const struct netns *netns,
			      unsigned int ifindex, const struct attachment *attachment)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

	if (!redirects_are_possible(chain) || !attachment || attachment->mode == MODE_SKB ||
	    !netns || netns_enter(netns, &visit, NULL) < 0)
		return NULL;
	/* The device itself shows whether the kernel reports features. */
	return xdp_features_native(ifindex) ? describe(chain) : NULL;
}
