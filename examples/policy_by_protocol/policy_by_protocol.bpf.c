// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A rootlet of your own: parses each packet once, and calls a slot for TCP, UDP, ICMP (of IPv4) or
 * the rest. Packets pass where the slot is empty.
 *
 *	xdpctl policy set policy_by_protocol.bpf.o --dev eth0
 *	xdpctl attach web_only.bpf.o --dev eth0 --slot on_tcp
 *	xdpctl attach no_echo.bpf.o --dev eth0 --slot on_icmp
 */
#include "protocol.h"

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <xdpd/slot.h>

XDPD_SLOT(on_tcp, ctx, struct xdp_md *ctx, __u32 offset, __u32 port)
XDPD_SLOT(on_udp, ctx, struct xdp_md *ctx, __u32 offset, __u32 port)
XDPD_SLOT(on_icmp, ctx, struct xdp_md *ctx, __u32 offset, __u32 type)
XDPD_SLOT(on_rest, ctx, struct xdp_md *ctx)

/* The arguments of the slots. */
struct packet {
	__u32 protocol; /* 0: none of the three */
	__u32 offset;
	__u32 detail; /* the destination port, or the ICMP type */
};

/* It is not global, so it is not a slot. */
static __always_inline void parse(struct xdp_md *ctx, struct packet *ret)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	void *transport;

	ret->protocol = 0;
	if ((void *)(ip + 1) > data_end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return;
	ret->offset = sizeof(*ethernet) + ip->ihl * 4;
	transport = data + ret->offset;
	if (ip->ihl < 5 || ip->frag_off & bpf_htons(0x1fff)) /* a later fragment has no ports */
		return;
	if (ip->protocol == IPPROTO_TCP && transport + sizeof(struct tcphdr) <= data_end)
		ret->detail = bpf_ntohs(((struct tcphdr *)transport)->dest);
	else if (ip->protocol == IPPROTO_UDP && transport + sizeof(struct udphdr) <= data_end)
		ret->detail = bpf_ntohs(((struct udphdr *)transport)->dest);
	else if (ip->protocol == IPPROTO_ICMP && transport + sizeof(struct icmp_header) <= data_end)
		ret->detail = ((struct icmp_header *)transport)->type;
	else
		return;
	ret->protocol = ip->protocol;
}

SEC("xdp")
int policy_by_protocol(struct xdp_md *ctx)
{
	struct packet packet;
	int verdict;

	parse(ctx, &packet);
	switch (packet.protocol) {
	case IPPROTO_TCP:
		verdict = on_tcp(ctx, packet.offset, packet.detail);
		break;
	case IPPROTO_UDP:
		verdict = on_udp(ctx, packet.offset, packet.detail);
		break;
	case IPPROTO_ICMP:
		verdict = on_icmp(ctx, packet.offset, packet.detail);
		break;
	default:
		verdict = on_rest(ctx);
	}
	return verdict == XDPD_NOBODY ? XDP_PASS : verdict;
}

char _license[] SEC("license") = "Dual BSD/GPL";
