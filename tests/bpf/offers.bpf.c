// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Policies that offer functions, and components that need them, chosen by -DPART_... The frames are those of common.h;
 * the policies parse each once.
 */
#include "common.h"

#include <xdpd/offer.h>

struct wish {
	__u8 verdict[2];
	__u8 parsed;
#ifdef LARGER_WISH
	__u64 more;
#endif
};

#if defined(PART_policy) || defined(PART_library)
#define MAKES_WISHES
#endif

#ifdef MAKES_WISHES
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wish);
} wishes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} parsed SEC(".maps");

static __always_inline void parse(struct xdp_md *ctx, struct wish *wish)
{
	struct test_frame *frame = test_frame(ctx);
	__u64 *count = bpf_map_lookup_elem(&parsed, &(__u32){ 0 });

	wish->parsed = 1;
	wish->verdict[0] = frame ? frame->verdict[0] : XDP_PASS;
	wish->verdict[1] = frame ? frame->verdict[1] : XDP_PASS;
	if (count)
		__sync_fetch_and_add(count, 1);
}
#endif

#if defined(PART_library) || (defined(PART_policy) && defined(OFFERS))
/* Parses only for the first caller of a packet. */
XDPD_OFFER(struct wish *, bpf_packet_parser, struct xdp_md *ctx)
{
	struct wish *wish = bpf_map_lookup_elem(&wishes, &(__u32){ 0 });

	if (wish && !wish->parsed)
		parse(ctx, wish);
	return wish;
}

/* The caller's memory may be anywhere. */
XDPD_OFFER(int, copy_wish, struct xdp_md *ctx, struct wish *ret)
{
	struct wish *wish = bpf_packet_parser(ctx);

	if (!wish)
		return -1;
	*ret = *wish;
	return 0;
}

/* The policy does not call it. */
XDPD_OFFER(int, never_called, struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}
#endif

#if defined(PART_policy) || defined(PART_linked)
#include <xdpd/slot.h>

#ifdef PART_linked
XDPD_OFFER(struct wish *, bpf_packet_parser, struct xdp_md *ctx);
XDPD_OFFER(int, copy_wish, struct xdp_md *ctx, struct wish *ret);
#endif

#if defined(PART_policy) && !defined(OFFERS)
static __noinline struct wish *bpf_packet_parser(struct xdp_md *ctx)
{
	struct wish *wish = bpf_map_lookup_elem(&wishes, &(__u32){ 0 });

	if (wish && !wish->parsed)
		parse(ctx, wish);
	return wish;
}
#endif

XDPD_SLOT(first, ctx, struct xdp_md *ctx)
XDPD_SLOT(second, ctx, __u32 number, struct xdp_md *ctx)

SEC("xdp")
int offering(struct xdp_md *ctx)
{
	struct wish *wish = bpf_packet_parser(ctx);
	int verdict;

#if defined(OFFERS) || defined(PART_linked)
	struct wish copy;

	if (copy_wish(ctx, &copy) < 0)
		return XDP_ABORTED;
#endif
	if (!wish)
		return XDP_ABORTED;
	verdict = first(ctx);
	if (verdict == XDPD_NOBODY || verdict == XDP_PASS)
		verdict = second(7, ctx);
	wish->parsed = 0;
	return verdict == XDPD_NOBODY ? XDP_PASS : verdict;
}
#endif

/* A slot with a pointer to memory of the policy. */
#ifdef PART_pointing
#include <xdpd/slot.h>

XDPD_SLOT(by_wish, ctx, struct wish *wish, struct xdp_md *ctx)

SEC("xdp")
int pointing(struct xdp_md *ctx)
{
	struct test_frame *frame = test_frame(ctx);
	struct wish wish = {};
	int verdict;

	if (!frame)
		return XDP_PASS;
	wish.verdict[0] = frame->verdict[0];
	wish.verdict[1] = frame->verdict[1];
	verdict = by_wish(&wish, ctx);
	return verdict == XDPD_NOBODY ? XDP_PASS : verdict;
}
#endif

#ifdef PART_by_wish
SEC("freplace/by_wish")
int obeys_wish(struct wish *wish, struct xdp_md *ctx)
{
	if (!wish || ctx->data_end - ctx->data < sizeof(struct test_frame))
		return XDP_ABORTED;
	return wish->verdict[1];
}
#endif

#ifdef PART_first
XDPD_NEED(struct wish *, bpf_packet_parser, struct xdp_md *ctx)

SEC("xdp")
int obeys_first(struct xdp_md *ctx)
{
	struct wish *wish = bpf_packet_parser(ctx);

	return wish ? wish->verdict[0] : XDP_ABORTED;
}
#endif

/* It has functions before and after the one that it needs, a map, and memory of its own for the result. */
#ifdef PART_second
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static __noinline int count(void)
{
	__u64 *value = bpf_map_lookup_elem(&seen, &(__u32){ 0 });

	if (value)
		__sync_fetch_and_add(value, 1);
	return 0;
}

XDPD_NEED(int, copy_wish, struct xdp_md *ctx, struct wish *ret)

static __noinline int choose(struct xdp_md *ctx, struct wish *wish)
{
	if (copy_wish(ctx, wish) < 0)
		return XDP_ABORTED;
	return wish->verdict[1] + count();
}

SEC("freplace/second")
int obeys_second(__u32 number, struct xdp_md *ctx)
{
	struct wish wish = {};

	return number == 7 ? choose(ctx, &wish) : XDP_ABORTED;
}
#endif

#ifdef PART_needs_uncalled
XDPD_NEED(int, never_called, struct xdp_md *ctx)

SEC("xdp")
int needs_uncalled(struct xdp_md *ctx)
{
	return never_called(ctx) > 60 ? XDP_DROP : XDP_PASS;
}
#endif

char _license[] SEC("license") = "GPL";
