// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs by what they call, chosen by -DCALLS_...; each does with a frame what its first byte
 * says.
 */
#include "common.h"

#include <xdpd/one-of.h>

#ifdef CALLS_flavours
/* The kernel has the second one since 6.2, and never had the first. */
extern void *bpf_cast_to_kern_ctx___two(void *ctx, int flags) __ksym __weak;
extern void *bpf_cast_to_kern_ctx___one(void *ctx) __ksym __weak;
extern int bpf_no_such_kfunc___any(void) __ksym __weak;

SEC("xdp")
int flavours(struct xdp_md *ctx)
{
	if (bpf_ksym_exists(bpf_cast_to_kern_ctx___two))
		return XDP_ABORTED;
	if (bpf_ksym_exists(bpf_no_such_kfunc___any))
		return bpf_no_such_kfunc___any();
	if (bpf_ksym_exists(bpf_cast_to_kern_ctx___one) && !bpf_cast_to_kern_ctx___one(ctx))
		return XDP_ABORTED;
	return test_verdict(ctx, 0);
}
#endif

/* Of the first group one is there (since 6.2); of the second one there is none, by two ways. */
#if defined(CALLS_no_group) || defined(CALLS_no_flavour)
extern void *bpf_cast_to_kern_ctx___one(void *ctx) __ksym __weak __one_of(cast);
extern void *bpf_cast_to_kern_ctx___two(void *ctx, int flags) __ksym __weak __one_of(cast);
#ifdef CALLS_no_group
extern int bpf_no_such_kfunc___old(void) __ksym __weak __one_of(missing);
extern int bpf_no_such_kfunc___new(int flags) __ksym __weak __one_of(missing);
#else
extern int bpf_rcu_read_lock___old(int flags) __ksym __weak __one_of(missing);
#define bpf_no_such_kfunc___old() bpf_rcu_read_lock___old(0)
#define bpf_no_such_kfunc___new	  bpf_rcu_read_lock___old
#endif

SEC("xdp")
int groups(struct xdp_md *ctx)
{
	if (bpf_ksym_exists(bpf_cast_to_kern_ctx___one))
		bpf_cast_to_kern_ctx___one(ctx);
	else if (bpf_ksym_exists(bpf_cast_to_kern_ctx___two))
		bpf_cast_to_kern_ctx___two(ctx, 0);
	if (bpf_ksym_exists(bpf_no_such_kfunc___new))
		bpf_no_such_kfunc___new(0);
	else
		bpf_no_such_kfunc___old();
	return test_verdict(ctx, 0);
}
#endif

/* The kernel has one function for both, since 6.2. */
#ifdef CALLS_two_of_one
extern void *bpf_cast_to_kern_ctx___one(void *ctx) __ksym __weak __exactly_one_of(cast);
extern void *bpf_cast_to_kern_ctx___again(void *object) __ksym __weak __exactly_one_of(cast);

SEC("xdp")
int groups(struct xdp_md *ctx)
{
	if (bpf_ksym_exists(bpf_cast_to_kern_ctx___one))
		bpf_cast_to_kern_ctx___one(ctx);
	else if (bpf_ksym_exists(bpf_cast_to_kern_ctx___again))
		bpf_cast_to_kern_ctx___again(ctx);
	return test_verdict(ctx, 0);
}
#endif

#ifdef CALLS_strong
extern int bpf_no_such_kfunc(void) __ksym;

SEC("xdp")
int strong(struct xdp_md *ctx)
{
	return bpf_no_such_kfunc();
}
#endif

#ifdef CALLS_device
enum xdp_rss_hash_type;
extern int bpf_xdp_metadata_rx_hash___old(const struct xdp_md *ctx, __u32 *hash) __ksym __weak
	__one_of(hash);
extern int bpf_xdp_metadata_rx_hash___new(const struct xdp_md *ctx, __u32 *hash,
					  enum xdp_rss_hash_type *type) __ksym __weak
	__one_of(hash);

SEC("xdp")
int device(struct xdp_md *ctx)
{
	__u32 hash = 0, type = 0;

	if (bpf_ksym_exists(bpf_xdp_metadata_rx_hash___new))
		bpf_xdp_metadata_rx_hash___new(ctx, &hash, (void *)&type);
	else if (bpf_ksym_exists(bpf_xdp_metadata_rx_hash___old))
		bpf_xdp_metadata_rx_hash___old(ctx, &hash);
	return test_verdict(ctx, 0);
}
#endif

#define LEVEL(name, next)                              \
	static __noinline int name(struct xdp_md *ctx) \
	{                                              \
		volatile int kept = next(ctx);         \
                                                       \
		return kept;                           \
	}

#ifdef CALLS_deep
static __noinline int decide(struct xdp_md *ctx)
{
	return test_verdict(ctx, 0);
}

LEVEL(seventh, decide)
LEVEL(sixth, seventh)
LEVEL(fifth, sixth)
LEVEL(fourth, fifth)
LEVEL(third, fourth)
LEVEL(second, third)
LEVEL(first, second)

SEC("xdp")
int deep(struct xdp_md *ctx)
{
	return first(ctx);
}
#endif

#ifdef CALLS_wide
static __noinline int inner(struct xdp_md *ctx)
{
	volatile char buffer[300];

	for (int i = 0; i < 300; i++)
		buffer[i] = i;
	return buffer[8] == 8 ? test_verdict(ctx, 0) : XDP_ABORTED;
}

SEC("xdp")
int wide(struct xdp_md *ctx)
{
	volatile char buffer[250];
	int verdict;

	for (int i = 0; i < 250; i++)
		buffer[i] = i;
	verdict = inner(ctx);
	return buffer[8] == 8 ? verdict : XDP_ABORTED;
}
#endif

#ifdef CALLS_recursive
static __noinline int again(struct xdp_md *ctx, int depth)
{
	volatile int kept = depth;

	return kept ? again(ctx, kept - 1) + 1 : test_verdict(ctx, 0);
}

SEC("xdp")
int recursive(struct xdp_md *ctx)
{
	return again(ctx, ctx->ingress_ifindex);
}
#endif

#ifdef CALLS_helper
static long (*bpf_of_the_future)(void) = (void *)5000;

SEC("xdp")
int helper(struct xdp_md *ctx)
{
	return bpf_of_the_future();
}
#endif

char _license[] SEC("license") = "GPL";
