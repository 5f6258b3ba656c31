// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What libxdp's dispatcher of a VERSION looks like to those who read it: its name, the record in its
 * only map, and, for version 1, the version in BTF. It runs nothing.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define PROGRAMS 10

const volatile struct {
	__u8 head[4];
	__u32 actions[PROGRAMS];
	__u32 priorities[PROGRAMS];
#if VERSION >= 2
	__u32 flags[PROGRAMS];
#endif
#if VERSION >= 3
	__u8 device_bound;
#endif
} record = {
#if VERSION == 1
	.head = { 2 },
#else
	.head = { 236, VERSION, 2 },
#endif
	.priorities = { 10, 20 },
};

#if VERSION == 1
int (*dispatcher_version)[VERSION] SEC("xdp_metadata");
#endif

SEC("xdp")
int xdp_dispatcher(struct xdp_md *ctx)
{
	return record.priorities[0] ? XDP_PASS : XDP_ABORTED;
}

char _license[] SEC("license") = "GPL";
