// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Functions of many signatures, for the kernel and for us to say which can take whose place: as
 * extensions, or, with TARGETS, as what is to be replaced.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

enum small { SMALL_A, SMALL_B };
enum large { LARGE_A, LARGE_B, LARGE_C };

#ifdef TARGETS
#define FUNCTION(linkage, result, name, ...)        \
	linkage __noinline result name(__VA_ARGS__) \
	{                                           \
		volatile int ret = 0;               \
                                                    \
		return ret;                         \
	}
#else
#define FUNCTION(linkage, result, name, ...)            \
	SEC("freplace/" #name) result name(__VA_ARGS__) \
	{                                               \
		return 0;                               \
	}
#endif

FUNCTION(__weak, int, plain, struct xdp_md *ctx)
FUNCTION(__weak, long, long_result, struct xdp_md *ctx)
FUNCTION(__weak, unsigned char, short_result, struct xdp_md *ctx)
FUNCTION(__weak, enum small, enumeration_result, struct xdp_md *ctx)
FUNCTION(__weak, int, number, struct xdp_md *ctx, __u32 number)
FUNCTION(__weak, int, signed_number, struct xdp_md *ctx, const int number)
FUNCTION(__weak, int, long_number, struct xdp_md *ctx, __u64 number)
FUNCTION(__weak, int, short_number, struct xdp_md *ctx, __u16 number)
FUNCTION(__weak, int, enumeration, struct xdp_md *ctx, enum small number)
FUNCTION(__weak, int, large_enumeration, struct xdp_md *ctx, enum large number)
FUNCTION(__weak, int, two_numbers, struct xdp_md *ctx, __u32 number, __u32 other)
FUNCTION(__weak, int, context_behind, __u32 number, struct xdp_md *ctx)
FUNCTION(__weak, int, numbers_alone, __u32 number, __u32 other)

#ifdef TARGETS
FUNCTION(static, int, static_function, struct xdp_md *ctx)

SEC("xdp")
int targets(struct xdp_md *ctx)
{
	long sum = plain(ctx) + long_result(ctx) + short_result(ctx) + enumeration_result(ctx);

	sum += number(ctx, 1) + signed_number(ctx, 1) + long_number(ctx, 1) + short_number(ctx, 1);
	sum += enumeration(ctx, SMALL_A) + large_enumeration(ctx, LARGE_A);
	sum += two_numbers(ctx, 1, 2) + context_behind(1, ctx) + numbers_alone(1, 2);
	return sum + static_function(ctx);
}
#endif

char _license[] SEC("license") = "GPL";
