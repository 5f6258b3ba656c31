// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#pragma once

/*
 * The slots of policy_by_protocol.bpf.c. `offset` is the position of the transport header in the packet, which
 * contains the whole header (of ICMP the first eight bytes); `port` is the destination port, in the
 * machine's byte order.
 *
 *	on_tcp(struct xdp_md *ctx, __u32 offset, __u32 port)
 *	on_udp(struct xdp_md *ctx, __u32 offset, __u32 port)
 *	on_icmp(struct xdp_md *ctx, __u32 offset, __u32 type)
 *	on_rest(struct xdp_md *ctx)
 *
 * Each returns a verdict.
 */
#include <linux/bpf.h>

/* <linux/icmp.h> needs headers that clang does not find for BPF. */
struct icmp_header {
	__u8 type;
	__u8 code;
	__u16 checksum;
	__u16 id;
	__u16 sequence;
};

#define ICMP_ECHO 8

/* The maximum offset of the transport header: after Ethernet and an IPv4 header with options. */
#define OFFSET_MAX (14 + 60)
