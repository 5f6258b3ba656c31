// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Runs in the place of a component that cannot be loaded, if no packet may pass without it.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp.frags")
int refuse(struct xdp_md *ctx)
{
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
