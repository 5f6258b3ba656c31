// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For the slot account of policy_with_parser: counts packets by their source address. */
#include "packet_info.h"

#include <bpf/bpf_helpers.h>
#include <xdpd/offer.h>

XDPD_NEED(struct packet_info *, bpf_packet_parser, struct xdp_md *ctx)

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32); /* IPv4, in the machine's byte order */
	__type(value, __u64);
} sources SEC(".maps");

SEC("freplace/account")
int count_sources(struct xdp_md *ctx)
{
	struct packet_info *info = bpf_packet_parser(ctx);
	__u64 *count, one = 1;
	__u32 source;

	if (!info)
		return XDP_PASS;
	source = info->source;
	count = bpf_map_lookup_elem(&sources, &source);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&sources, &source, &one, BPF_NOEXIST);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
