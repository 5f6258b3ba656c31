// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An object with what most objects have. libbpf tests what the kernel supports when an object first needs it,
 * and remembers the result: the parser loads this object before it reads one from outside.
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
