// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What must be refused, chosen by -DBAD_... */
#include "common.h"

#ifdef BAD_verifier
SEC("xdp")
int out_of_bounds(struct xdp_md *ctx)
{
	return *(int *)(long)ctx->data;
}
#endif

#ifdef BAD_two
SEC("xdp")
int first(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int second(struct xdp_md *ctx)
{
	return test_verdict(ctx, 0);
}
#endif

#ifdef BAD_type
SEC("tc")
int shaper(struct __sk_buff *ctx)
{
	return 0;
}
#endif

/* A tracer of a chain, as other tools have it. */
#ifdef BAD_tracer
SEC("fentry/xdpd_rootlet")
int watcher(void *ctx)
{
	return 0;
}
#endif

/* An extension of a program for tc. */
#ifdef BAD_extension
SEC("freplace/classify")
int reclassify(struct __sk_buff *ctx)
{
	return ctx->len;
}
#endif

#ifdef BAD_map
SEC("xdp/cpumap")
int on_another_cpu(struct xdp_md *ctx)
{
	return XDP_PASS;
}
#endif

#ifdef BAD_empty
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} only_a_map SEC(".maps");
#endif

#ifdef BAD_number
/* A test makes of the constant the number of a file descriptor of the daemon. */
SEC("xdp")
int numbered(struct xdp_md *ctx)
{
	void *map;

	asm volatile("%0 = 0x1122334455667788 ll" : "=r"(map));
	return map ? XDP_PASS : XDP_DROP;
}
#endif

char _license[] SEC("license") = "GPL";

#ifdef BAD_legacy_maps
/* As objects were written for libbpf before 1.0, and by aya without btf_maps. */
struct legacy_map {
	__u32 type, key_size, value_size, max_entries, flags;
};

struct legacy_map counts SEC("maps") = { BPF_MAP_TYPE_ARRAY, sizeof(__u32), sizeof(__u64), 4 };

SEC("xdp")
int counting(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		*count += 1;
	return test_verdict(ctx, 0);
}
#endif
