// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * For the slot on_icmp of policy_by_protocol: drops echo requests, and counts them by the low byte of their
 * sequence number.
 */
#include "protocol.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} dropped SEC(".maps");

SEC("freplace/on_icmp")
int no_echo(struct xdp_md *ctx, __u32 offset, __u32 type)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct icmp_header *icmp;
	__u32 number;
	__u64 *count;

	if (type != ICMP_ECHO)
		return XDP_PASS;
	/* The policy has checked this, but the verifier checks this function separately. */
	if (offset > OFFSET_MAX)
		return XDP_ABORTED;
	icmp = data + offset;
	if ((void *)(icmp + 1) > data_end)
		return XDP_ABORTED;
	number = bpf_ntohs(icmp->sequence) & 0xff;
	count = bpf_map_lookup_elem(&dropped, &number);
	if (count)
		__sync_fetch_and_add(count, 1);
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
