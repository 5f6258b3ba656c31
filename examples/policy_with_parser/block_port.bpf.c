// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For the slot filter of policy_with_parser: drops what is sent to a port. */
#include "packet_info.h"

#include <bpf/bpf_helpers.h>
#include <xdpd/offer.h>

XDPD_NEED(struct packet_info *, bpf_packet_parser, struct xdp_md *ctx)

const volatile __u16 blocked = 23;

SEC("freplace/filter")
int block_port(struct xdp_md *ctx)
{
	struct packet_info *info = bpf_packet_parser(ctx);

	return info && info->destination_port == blocked ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
