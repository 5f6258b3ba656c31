// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#pragma once

/*
 * What policy_with_parser.bpf.c offers to components: bpf_packet_parser(), which returns what is in the packet. It
 * parses only for the first caller of each packet. NULL: the packet is not TCP or UDP over IPv4.
 *
 * Slots: filter(struct xdp_md *ctx), whose verdict decides, and account(struct xdp_md *ctx), which gets the packets
 * that pass, and whose verdict is ignored.
 */
#include <linux/bpf.h>

struct packet_info {
	__u32 source; /* addresses and ports, in the machine's byte order */
	__u32 destination;
	__u16 source_port;
	__u16 destination_port;
	__u8 protocol; /* IPPROTO_TCP or IPPROTO_UDP */
};
