// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the benchmark puts into chains, chosen by -DBENCH_KIND: nothing, a counter, a parser. The
 * same source makes
 *   (nothing more)         one component
 *   -DHAND_FUSED=LENGTH    a chain of them as one would write it by hand, in one function, counting
 *                          once, as the rootlet does, where the packet leaves it
 *   -DTAIL_CALLS=LENGTH    a chain of tail calls, counting in the same way
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define EACH_32(macro)                                                                            \
	macro(0) macro(1) macro(2) macro(3) macro(4) macro(5) macro(6) macro(7) macro(8) macro(9) \
		macro(10) macro(11) macro(12) macro(13) macro(14) macro(15) macro(16) macro(17)   \
			macro(18) macro(19) macro(20) macro(21) macro(22) macro(23) macro(24)     \
				macro(25) macro(26) macro(27) macro(28) macro(29) macro(30)       \
					macro(31)

#if defined(BENCH_nothing)
#define COMPONENT(number)                                                 \
	static __always_inline int component_##number(struct xdp_md *ctx) \
	{                                                                 \
		return XDP_PASS;                                          \
	}
#elif defined(BENCH_counter)
#define COMPONENT(number)                                                    \
	struct {                                                             \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                     \
		__uint(max_entries, 1);                                      \
		__type(key, __u32);                                          \
		__type(value, __u64);                                        \
	} packets_##number SEC(".maps");                                     \
	static __always_inline int component_##number(struct xdp_md *ctx)    \
	{                                                                    \
		__u32 key = 0;                                               \
		__u64 *count = bpf_map_lookup_elem(&packets_##number, &key); \
                                                                             \
		if (count)                                                   \
			(*count)++;                                          \
		return XDP_PASS;                                             \
	}
#else
#define COMPONENT(number)                                                                       \
	static __always_inline int component_##number(struct xdp_md *ctx)                       \
	{                                                                                       \
		void *data = (void *)(long)ctx->data;                                           \
		void *data_end = (void *)(long)ctx->data_end;                                   \
		struct ethhdr *ethernet = data;                                                 \
		struct iphdr *ip = (void *)(ethernet + 1);                                      \
		struct udphdr *udp = (void *)(ip + 1);                                          \
                                                                                                \
		if ((void *)(udp + 1) > data_end || ethernet->h_proto != bpf_htons(ETH_P_IP) || \
		    ip->protocol != 17 || ip->ihl != 5)                                         \
			return XDP_PASS;                                                        \
		return udp->dest == bpf_htons(4000 + number) ? XDP_DROP : XDP_PASS;             \
	}
#endif

#if defined(HAND_FUSED) || defined(TAIL_CALLS)
struct row {
	__u64 verdict[5];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 33);
	__type(key, __u32);
	__type(value, struct row);
} left SEC(".maps");

static __always_inline int leave(__u32 row, __u32 verdict)
{
	struct row *counters = bpf_map_lookup_elem(&left, &row);

	if (verdict > XDP_REDIRECT)
		verdict = XDP_ABORTED;
	if (counters)
		counters->verdict[verdict]++;
	return verdict;
}
#endif

#if defined(HAND_FUSED)
#define DECLARE(number) COMPONENT(number)
#define RUN(number)                                    \
	if (number < HAND_FUSED) {                     \
		verdict = component_##number(ctx);     \
		if (verdict != XDP_PASS)               \
			return leave(number, verdict); \
	}

EACH_32(DECLARE)

SEC("xdp")
int bench(struct xdp_md *ctx)
{
	int verdict;

	EACH_32(RUN)
	return leave(HAND_FUSED, XDP_PASS);
}
#elif defined(TAIL_CALLS)
#define ENTRY(number)	[number] = (void *)&bench_##number,
#define DECLARE(number) int bench_##number(struct xdp_md *ctx);
#define DEFINE(number)                                             \
	COMPONENT(number)                                          \
	SEC("xdp") int bench_##number(struct xdp_md *ctx)          \
	{                                                          \
		int verdict = component_##number(ctx);             \
                                                                   \
		if (verdict != XDP_PASS)                           \
			return leave(number, verdict);             \
		if (number + 1 < TAIL_CALLS)                       \
			bpf_tail_call(ctx, &programs, number + 1); \
		return leave(TAIL_CALLS, XDP_PASS);                \
	}

EACH_32(DECLARE)

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 32);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct xdp_md *));
} programs SEC(".maps") = { .values = { EACH_32(ENTRY) } };

EACH_32(DEFINE)
#else
COMPONENT(0)

SEC("xdp")
int bench(struct xdp_md *ctx)
{
	return component_0(ctx);
}
#endif

char _license[] SEC("license") = "GPL";
