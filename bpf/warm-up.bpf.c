// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Has something of what objects commonly have. libbpf asks the kernel what it can when an object needs it, and remembers
 * the answer: the parser loads this before it sees an object of somebody else.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 constant = 1;
__u32 variable;

SEC("xdp")
int warm_up(struct xdp_md *context)
{
	variable += constant;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
