// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/redirect-targets.h"

#include "daemon/kernel/component/component.h"
#include "daemon/kernel/info/xdp-features.h"

#include <bpf/bpf.h>
#include <stdint.h>

#define ENTRIES_MAX 1000
#define TARGETS_MAX 64

/* Devices that were looked at. */
struct targets {
	size_t n_targets;
	uint32_t ifindexes[TARGETS_MAX];
};

static bool is_known(const struct targets *targets, uint32_t ifindex)
{
	for (size_t i = 0; i < targets->n_targets; i++)
		if (targets->ifindexes[i] == ifindex)
			return true;
	return targets->n_targets == TARGETS_MAX;
}

static bool is_devmap(int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	/* A value is a device and, perhaps, a program (struct bpf_devmap_val). */
	return bpf_map_get_info_by_fd(fd, &info, &size) == 0 &&
	       (info.type == BPF_MAP_TYPE_DEVMAP || info.type == BPF_MAP_TYPE_DEVMAP_HASH) &&
	       info.key_size == sizeof(uint32_t) && info.value_size <= 2 * sizeof(uint32_t);
}

static bool find_in_map(int fd, struct targets *targets, char *ifname)
{
	uint32_t key, *before = NULL, value[2];

	for (int left = ENTRIES_MAX; left > 0 && bpf_map_get_next_key(fd, before, &key) == 0;
	     left--) {
		before = &key;
		if (bpf_map_lookup_elem(fd, &key, value) < 0 || is_known(targets, value[0]))
			continue;
		targets->ifindexes[targets->n_targets++] = value[0];
		if (xdp_features_drop_redirects(value[0]) && if_indextoname(value[0], ifname))
			return true;
	}
	return false;
}

bool redirect_targets_find_lost(const struct component *component, char ifname[static IF_NAMESIZE])
{
	struct targets targets = {};

	for (size_t i = 0; component->has_program_maps && i < component->n_maps; i++)
		if (is_devmap(component->maps[i].fd) &&
		    find_in_map(component->maps[i].fd, &targets, ifname))
			return true;
	return false;
}
