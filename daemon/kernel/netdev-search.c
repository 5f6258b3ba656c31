// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/netdev-search.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "daemon/kernel/netns.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdio.h>

struct search {
	unsigned int ifindex;
	uint32_t program_id;
	struct netdev_name *found;
	bool is_found;
};

void netdev_name_done(struct netdev_name *name)
{
	free(name->netns);
	*name = (struct netdev_name){};
}

/* Searches the present network namespace. */
static bool look(struct search *search)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	search->is_found = bpf_xdp_query(search->ifindex, 0, &query) == 0 &&
			   (query.prog_id == search->program_id ||
			    query.drv_prog_id == search->program_id ||
			    query.skb_prog_id == search->program_id) &&
			   if_indextoname(search->ifindex, search->found->ifname);
	return search->is_found;
}

static void look_in(int directory, const char *name, void *userdata)
{
	struct search *search = userdata;
	cleanup(netns_release) struct netns *netns = NULL;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	cleanup(freep) char *path = NULL;

	(void)directory;
	if (search->is_found)
		return;
	if (asprintf(&path, NETNS_DIRECTORY "%s", name) < 0) {
		path = NULL;
		return;
	}
	if (netns_open(path, &netns, NULL) == 0 && netns_enter(netns, &visit, NULL) == 0 &&
	    look(search))
		search->found->netns = steal(path);
}

bool netdev_search(unsigned int ifindex, uint32_t program_id, struct netdev_name *ret)
{
	struct search search = { ifindex, program_id, ret, false };

	*ret = (struct netdev_name){};
	if (!look(&search))
		directory_each(AT_FDCWD, NETNS_DIRECTORY, look_in, &search);
	return search.is_found;
}
