// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A policy for the frames of common.h, and components for its slots. VERSION 1 has two slots, with the
 * context in different positions; in 2 one of them takes other numbers; 3 has but one. With COUNTED it has
 * a map; with JUMPS it tries a tail call, which fails because its array is empty.
 */
#include "common.h"

#include <xdpd/slot.h>

#ifdef VERSION

#ifndef SECTION
#define SECTION "xdp"
#endif
#if VERSION == 2
#define LENGTH __u64
#else
#define LENGTH __u32
#endif

XDPD_SLOT(xdp_firewall_placeholder, ctx, struct xdp_md *ctx)
#if VERSION < 3
XDPD_SLOT(by_length, ctx, LENGTH length, struct xdp_md *ctx, __u32 number)
#endif

/* It does nothing but be called, so that there is a function that is no slot. */
static __noinline int not_a_slot(struct xdp_md *ctx)
{
	volatile int ret = XDP_PASS;

	return ret;
}

__noinline int never_called(struct xdp_md *ctx)
{
	return not_a_slot(ctx);
}

#ifdef COUNTED
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} arrived SEC(".maps");
#endif

#ifdef JUMPS
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");
#endif

SEC(SECTION)
int policy(struct xdp_md *ctx)
{
	int verdict = xdp_firewall_placeholder(ctx);
#ifdef JUMPS
	bpf_tail_call(ctx, &programs, 0);
#endif
#ifdef COUNTED
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&arrived, &key);

	if (count)
		__sync_fetch_and_add(count, 1);
#endif
	if (verdict != XDPD_NOBODY && verdict != XDP_PASS)
		return verdict;
#if VERSION < 3
	verdict = by_length(ctx->data_end - ctx->data, ctx, 7);
	if (verdict != XDPD_NOBODY)
		return verdict;
#endif
	return not_a_slot(ctx);
}

#else

#ifndef ARGUMENTS
#define ARGUMENTS __u32 length, struct xdp_md *ctx, __u32 number
#endif

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lengths SEC(".maps");

__u64 calls = 0;

#ifndef MORE
static __noinline int look(struct xdp_md *ctx, __u32 length)
{
	__u32 key = 0;
	__u64 *sum = bpf_map_lookup_elem(&lengths, &key);

	if (sum)
		__sync_fetch_and_add(sum, length);
	__sync_fetch_and_add(&calls, 1);
	return test_verdict(ctx, 1);
}
#endif

/* What the frame wants at place 1, if it was called with what it is called with. */
SEC("freplace/by_length")
int measure(ARGUMENTS)
{
#ifdef MORE
	return length + number;
#else
	if (number != 7 || length != ctx->data_end - ctx->data)
		return XDP_ABORTED;
	return look(ctx, length);
#endif
}

#endif

char _license[] SEC("license") = "GPL";
