// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the kernel refuses, chosen by -DREFUSAL_...; docs/refusals.md says how each is answered. */
#include "common.h"

#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

#ifdef REFUSAL_helper
static long (*const no_such_helper)(void) = (void *)999;

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	return no_such_helper() ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_helper_elsewhere
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	__u32 value = 0;

	return bpf_skb_load_bytes(ctx, 0, &value, sizeof(value)) ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_field
struct net_device___other {
	int no_such_field;
} __attribute__((preserve_access_index));

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	const struct net_device___other *device = (void *)ctx;
	int value;

	bpf_probe_read_kernel(&value, sizeof(value), &device->no_such_field);
	return value ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_license
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	bpf_printk("a packet");
	return XDP_PASS;
}
#undef LICENSE
#define LICENSE "Proprietary"
#endif

#if defined(REFUSAL_metadata) || defined(REFUSAL_kfunc_license)
extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym;

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	__u64 timestamp;

	return bpf_xdp_metadata_rx_timestamp(ctx, &timestamp) ? XDP_PASS : XDP_DROP;
}
#ifdef REFUSAL_kfunc_license
#define LICENSE "Proprietary"
#endif
#endif

#ifdef REFUSAL_stack
static __noinline int lower(volatile char *more, int at)
{
	volatile char bytes[304];

	bytes[0] = more[0];
	for (int i = 0; i < 304; i++)
		bytes[i] = i;
	return bytes[at & 255];
}

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	volatile char bytes[304];

	for (int i = 0; i < 304; i++)
		bytes[i] = i;
	return lower(bytes, bpf_get_prandom_u32()) ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_steps
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	volatile int sum = 0;

	for (int i = 0; i < 400000; i++)
		sum += i;
	return sum ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_loop
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	asm volatile("r6 = 0; 1: if r6 != 1 goto 1b;" ::: "r6");
	return XDP_PASS;
}
#endif

#ifdef REFUSAL_packet
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	return *(__u32 *)((long)ctx->data + 8) ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_packet_varies
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 8 > end)
		return XDP_PASS;
	data += *(__u32 *)data;
	return data + 1 > end ? XDP_PASS : *data;
}
#endif

#ifdef REFUSAL_offset
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 8 > end)
		return XDP_PASS;
	data += *(__s64 *)data;
	return data + 1 > end ? XDP_PASS : *data;
}
#endif

#ifdef REFUSAL_length
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	char bytes[64] = {};

	bpf_csum_diff(0, 0, (__be32 *)bytes, bpf_get_prandom_u32() & ~3U, 0);
	return XDP_PASS;
}
#endif

#ifdef REFUSAL_value
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	__u64 *value = bpf_map_lookup_elem(&numbers, &(__u32){ 0 });

	return value && value[bpf_get_prandom_u32() & 7] ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_null
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	return *(__u64 *)bpf_map_lookup_elem(&numbers, &(__u32){ 0 }) ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_unset
SEC("xdp")
int refused(struct xdp_md *ctx)
{
	__u64 value;

	asm volatile("%[value] = r8" : [value] "=r"(value));
	return value ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_reference
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	return bpf_ringbuf_reserve(&ring, 8, 0) ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_map_type
struct {
	__uint(type, 250);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} odd SEC(".maps");

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	return bpf_map_lookup_elem(&odd, &(__u32){ 0 }) ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_map_entries
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
} odd SEC(".maps");

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	return bpf_map_lookup_elem(&odd, &(__u32){ 0 }) ? XDP_PASS : XDP_DROP;
}
#endif

#ifdef REFUSAL_map_size
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 0xfffffff0);
} odd SEC(".maps");

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	return bpf_map_lookup_elem(&odd, &(__u32){ 0 }) ? XDP_PASS : XDP_DROP;
}
#endif

#ifndef LICENSE
#define LICENSE "GPL"
#endif
char _license[] SEC("license") = LICENSE;
