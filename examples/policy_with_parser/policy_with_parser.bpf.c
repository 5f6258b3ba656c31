// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A rootlet of your own that parses each packet once, and offers the result to the components in its slots.
 *
 *	xdpctl policy set policy_with_parser.bpf.o --dev eth0
 *	xdpctl attach block_port.bpf.o --dev eth0 --slot filter --set blocked=23
 *	xdpctl attach count_sources.bpf.o --dev eth0 --slot account
 */
#include "packet_info.h"

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <xdpd/offer.h>
#include <xdpd/slot.h>

XDPD_SLOT(filter, ctx, struct xdp_md *ctx)
XDPD_SLOT(account, ctx, struct xdp_md *ctx)

/* A processor works on one packet at a time. */
struct parser_state {
	struct packet_info info;
	__u8 is_parsed;
	__u8 is_known;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct parser_state);
} states SEC(".maps");

/* How many packets were parsed. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} parsed SEC(".maps");

static __always_inline int parse(struct xdp_md *ctx, struct packet_info *ret)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct udphdr *ports; /* those of TCP are in the same place */

	if ((void *)(ip + 1) > data_end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	ports = (void *)ip + ip->ihl * 4;
	if (ip->ihl < 5 || ip->frag_off & bpf_htons(0x1fff)) /* a later fragment has no ports */
		return 0;
	if ((ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP) ||
	    (void *)(ports + 1) > data_end)
		return 0;
	ret->source = bpf_ntohl(ip->saddr);
	ret->destination = bpf_ntohl(ip->daddr);
	ret->source_port = bpf_ntohs(ports->source);
	ret->destination_port = bpf_ntohs(ports->dest);
	ret->protocol = ip->protocol;
	return 1;
}

XDPD_OFFER(struct packet_info *, bpf_packet_parser, struct xdp_md *ctx)
{
	struct parser_state *state = bpf_map_lookup_elem(&states, &(__u32){ 0 });
	__u64 *count = bpf_map_lookup_elem(&parsed, &(__u32){ 0 });

	if (!state)
		return NULL;
	if (!state->is_parsed) {
		state->is_parsed = 1;
		state->is_known = parse(ctx, &state->info);
		if (count)
			++*count;
	}
	return state->is_known ? &state->info : NULL;
}

SEC("xdp")
int policy_with_parser(struct xdp_md *ctx)
{
	struct parser_state *state = bpf_map_lookup_elem(&states, &(__u32){ 0 });
	int verdict;

	if (!state)
		return XDP_ABORTED;
	state->is_parsed = 0; /* of the packet before this one */
	if (!bpf_packet_parser(ctx))
		return XDP_PASS;
	verdict = filter(ctx);
	if (verdict != XDPD_NOBODY && verdict != XDP_PASS)
		return verdict;
	account(ctx);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
