// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A component in several objects, chosen by -DPART_... */
#include "common.h"

/* What the library finds in a frame. */
struct wish {
	__u64 sequence;
	int verdict;
};

#ifdef PART_user
extern int parse(struct xdp_md *ctx, struct wish *wish);

SEC("xdp")
int grants_wishes(struct xdp_md *ctx)
{
	struct wish wish = {};

	return parse(ctx, &wish) < 0 ? XDP_PASS : wish.verdict;
}
#endif

#ifdef PART_policy
#include <xdpd/slot.h>

XDPD_SLOT(xdp_firewall_placeholder, ctx, struct xdp_md *ctx)
extern int parse(struct xdp_md *ctx, struct wish *wish);

SEC("xdp")
int policy(struct xdp_md *ctx)
{
	struct wish wish = {};
	int verdict = xdp_firewall_placeholder(ctx);

	if (verdict != XDPD_NOBODY && verdict != XDP_PASS)
		return verdict;
	return parse(ctx, &wish) < 0 ? XDP_PASS : wish.verdict;
}
#endif

#ifdef PART_parser
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} parsed SEC(".maps");

static __noinline void count(void)
{
	__u64 *value = bpf_map_lookup_elem(&parsed, &(__u32){ 0 });

	if (value)
		__sync_fetch_and_add(value, 1);
}

/* The verdict in the frame's byte PLACE. */
int parse(struct xdp_md *ctx, struct wish *wish)
{
	struct test_frame *frame = test_frame(ctx);

	if (!wish || !frame)
		return -1;
	count();
	wish->sequence = frame->sequence;
	wish->verdict = frame->verdict[PLACE];
	return 0;
}
#endif

#ifdef PART_wrapper
extern int really_parse(struct xdp_md *ctx, struct wish *wish);

int parse(struct xdp_md *ctx, struct wish *wish)
{
	return wish ? really_parse(ctx, wish) : -1;
}
#endif

#ifdef PART_broken
int parse(struct xdp_md *ctx, struct wish *wish)
{
	return *(int *)(long)ctx->data;
}
#endif

char _license[] SEC("license") = LICENSE;
