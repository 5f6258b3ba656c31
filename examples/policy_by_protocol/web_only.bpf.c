// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For the slot on_tcp of policy_by_protocol: only web servers can be reached by TCP. */
#include "protocol.h"

#include <bpf/bpf_helpers.h>

SEC("freplace/on_tcp")
int web_only(struct xdp_md *ctx, __u32 offset, __u32 port)
{
	return port == 80 || port == 443 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
