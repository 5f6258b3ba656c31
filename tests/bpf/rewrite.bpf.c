// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Components that write to frames, and count what they see; which of all that is chosen by -DREWRITE_... */
#include "common.h"

#define MAP(map_type, map_name, entries)      \
	struct {                              \
		__uint(type, map_type);       \
		__uint(max_entries, entries); \
		__type(key, __u32);           \
		__type(value, __u64);         \
	} map_name SEC(".maps")

#if defined(REWRITE_bytes)
/* Swaps nothing, but sets the first byte of the source address, and the last of the sequence number. */
SEC("xdp")
int rewrite(struct xdp_md *ctx)
{
	struct test_frame *frame = test_frame(ctx);

	if (!frame)
		return XDP_PASS;
	frame->ethernet.h_source[0] = 0x42;
	((__u8 *)&frame->sequence)[7] ^= 0xff;
	return XDP_PASS;
}
#endif

#if defined(REWRITE_tag)
/* Puts a VLAN tag in. */
SEC("xdp")
int rewrite(struct xdp_md *ctx)
{
	unsigned char *bytes;

	if (!test_frame(ctx) || bpf_xdp_adjust_head(ctx, -4))
		return XDP_PASS;
	bytes = (void *)(long)ctx->data;
	if (bytes + 18 > (unsigned char *)(long)ctx->data_end)
		return XDP_ABORTED;
	for (int i = 0; i < 12; i++)
		bytes[i] = bytes[i + 4];
	bytes[12] = 0x81;
	bytes[13] = 0;
	bytes[14] = 0;
	bytes[15] = 7;
	return XDP_TX;
}
#endif

#if defined(REWRITE_limit)
/* Lets the first packets pass, as many as the map says, and drops the others; tells of which device. */
MAP(BPF_MAP_TYPE_HASH, allowance, 4);
MAP(BPF_MAP_TYPE_PERCPU_ARRAY, seen, 1);
__u32 came_from;

SEC("xdp")
int rewrite(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *left = bpf_map_lookup_elem(&allowance, &key), *count;

	came_from = ctx->ingress_ifindex;
	count = bpf_map_lookup_elem(&seen, &key);
	if (count)
		++*count;
	if (!left || !*left)
		return XDP_DROP;
	--*left;
	return XDP_PASS;
}
#endif

#if defined(REWRITE_device)
/* Writes into the frame which device it came from. */
SEC("xdp")
int rewrite(struct xdp_md *ctx)
{
	struct test_frame *frame = test_frame(ctx);

	if (frame)
		frame->sequence = ctx->ingress_ifindex;
	return XDP_PASS;
}
#endif

#if defined(REWRITE_large)
MAP(BPF_MAP_TYPE_ARRAY, large, (1 << 20) + 1);

SEC("xdp")
int rewrite(struct xdp_md *ctx)
{
	__u32 key = 1 << 20;
	__u64 *count = bpf_map_lookup_elem(&large, &key);

	if (count)
		++*count;
	return XDP_PASS;
}
#endif

#if defined(REWRITE_slow)
/* Some milliseconds a packet. */
__u64 sum;

static long add(__u32 number, void *unused)
{
	sum += number;
	return 0;
}

SEC("xdp")
int rewrite(struct xdp_md *ctx)
{
	bpf_loop(1 << 22, add, 0, 0);
	return sum ? XDP_PASS : XDP_DROP;
}
#endif

char _license[] SEC("license") = "GPL";
