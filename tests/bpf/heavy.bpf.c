// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Some 500,000 steps for the verifier: a loop that it follows to the end. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int heavy(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	unsigned int sum = 0;

	if (data + 64 > end)
		return XDP_PASS;
#pragma clang loop unroll(disable)
	for (int i = 0; i < 60000; i++)
		sum = sum * 31 + data[i & 63];
	return sum == 7 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
