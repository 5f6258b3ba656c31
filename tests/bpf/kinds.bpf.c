// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One kind of component each, chosen by -DKIND_...; all do with a frame what its first byte says,
 * by way of what is to be tested.
 */
#ifdef KIND_core
#define BPF_NO_GLOBAL_DATA
struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));
#endif
#include "common.h"

#ifdef KIND_run_config
#include <xdp/xdp_helpers.h>
#endif

#define MAP(map_type, map_name, entries, ...) \
	struct {                              \
		__uint(type, map_type);       \
		__uint(max_entries, entries); \
		__type(key, __u32);           \
		__type(value, __u64);         \
		__VA_ARGS__                   \
	} map_name SEC(".maps")

#ifndef SECTION
#define SECTION "xdp"
#endif

#if defined(KIND_plain)
SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	return test_verdict(ctx, 0);
}
#endif

#if defined(KIND_void_context)
SEC(SECTION)
int kind(void *context)
{
	return test_verdict(context, 0);
}
#endif

#if defined(KIND_no_argument)
SEC(SECTION)
int kind()
{
	return XDP_DROP;
}
#endif

#if defined(KIND_static_subprogram)
static __noinline int inner(struct xdp_md *ctx, int place)
{
	return test_verdict(ctx, place);
}

static __noinline int outer(struct xdp_md *ctx)
{
	volatile int place = 0;

	return place ? 0 : inner(ctx, 0);
}

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	return outer(ctx);
}
#endif

#if defined(KIND_global_subprogram)
__noinline int decide(struct xdp_md *ctx)
{
	return test_verdict(ctx, 0);
}

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	return decide(ctx);
}
#endif

#if defined(KIND_maps)
#ifndef ENTRIES
#define ENTRIES 4
#endif
MAP(BPF_MAP_TYPE_ARRAY, an_array, ENTRIES);
#ifdef NEXT
MAP(BPF_MAP_TYPE_ARRAY, a_new_map, 1);
#endif
MAP(BPF_MAP_TYPE_HASH, a_hash, 4);
MAP(BPF_MAP_TYPE_PERCPU_ARRAY, a_percpu_array, 4);
MAP(BPF_MAP_TYPE_PERCPU_HASH, a_percpu_hash, 4);
MAP(BPF_MAP_TYPE_LRU_HASH, an_lru_hash, 16);
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} a_ringbuf SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} a_devmap SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} a_cpumap SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} an_xskmap SEC(".maps");
struct inner_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} an_inner_map SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner_map);
} an_outer_map SEC(".maps") = { .values = { [0] = &an_inner_map } };

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	int verdict = test_verdict(ctx, 0);
	__u64 *slot, one = 1;
	__u32 key = 0;
	void *inner;

#ifdef NEXT
	bpf_map_update_elem(&a_new_map, &key, &one, BPF_ANY);
#endif
	bpf_map_update_elem(&a_hash, &key, &one, BPF_ANY);
	bpf_map_update_elem(&a_percpu_hash, &key, &one, BPF_ANY);
	bpf_map_update_elem(&an_lru_hash, &key, &one, BPF_ANY);
	slot = bpf_map_lookup_elem(&an_array, &key);
	if (slot)
		__sync_fetch_and_add(slot, 1);
	slot = bpf_map_lookup_elem(&a_percpu_array, &key);
	if (slot)
		(*slot)++;
	inner = bpf_map_lookup_elem(&an_outer_map, &key);
	if (inner && (slot = bpf_map_lookup_elem(inner, &key)))
		__sync_fetch_and_add(slot, 1);
	bpf_ringbuf_output(&a_ringbuf, &one, sizeof(one), 0);
	if (verdict == 200)
		return bpf_redirect_map(&a_devmap, 0, 0);
	if (verdict == 201)
		return bpf_redirect_map(&a_cpumap, 0, 0);
	if (verdict == 202)
		return bpf_redirect_map(&an_xskmap, 0, 0);
	return verdict;
}
#endif

#if defined(KIND_global_data)
int counted;
int initial = 7;
const volatile int wanted = 7;

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&counted, 1);
	return initial == wanted ? test_verdict(ctx, 0) : XDP_ABORTED;
}
#endif

#if defined(KIND_variables)
enum mode { MODE_OFF, MODE_COUNT, MODE_DECIDE = 7 };
const volatile enum mode mode = MODE_COUNT;
const volatile __u8 answer = XDP_PASS;
const volatile _Bool strict;
const volatile __s16 low = -1;
const volatile __u64 large;
const volatile __u16 ports[4] = { 80 };
const volatile char word[8] = "none";
const volatile struct {
	__u8 mac[6];
	__s32 offset;
} peer;
__u64 counted = 5;
__u32 seen;
#ifdef NEXT
const volatile __u32 added = 1;
#endif

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	counted++;
	seen += ports[0] + low + large + peer.offset + strict + word[0] + peer.mac[5];
	return mode == MODE_DECIDE ? answer : test_verdict(ctx, 0);
}
#endif

#if defined(KIND_twins)
MAP(BPF_MAP_TYPE_ARRAY, first, 4);
MAP(BPF_MAP_TYPE_ARRAY, second, 4);

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *left = bpf_map_lookup_elem(&first, &key),
	      *right = bpf_map_lookup_elem(&second, &key);

	if (left && right)
		*left += *right;
	return test_verdict(ctx, 0);
}
#endif

#if defined(KIND_pinned_map)
MAP(BPF_MAP_TYPE_ARRAY, xdpd_test_pinned, 1, __uint(pinning, LIBBPF_PIN_BY_NAME););

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&xdpd_test_pinned, &key);

	if (count)
		__sync_fetch_and_add(count, 1);
	return test_verdict(ctx, 0);
}
#endif

#if defined(KIND_core)
struct xdp_rxq_info {
	struct net_device *dev;
} __attribute__((preserve_access_index));

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	int offset = __builtin_preserve_field_info(((struct net_device *)0)->ifindex, 0);

	return offset > 0 ? test_verdict(ctx, 0) : XDP_ABORTED;
}
#endif

#if defined(KIND_adjust)
SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	int verdict = test_verdict(ctx, 0);

	if (bpf_xdp_adjust_head(ctx, -16) || bpf_xdp_adjust_head(ctx, 16))
		return XDP_ABORTED;
	if (bpf_xdp_adjust_tail(ctx, -1) || bpf_xdp_adjust_tail(ctx, 1))
		return XDP_ABORTED;
	return verdict;
}
#endif

#if defined(KIND_tail_call)
int kind_callee(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct xdp_md *));
} programs SEC(".maps") = { .values = { [1] = (void *)&kind_callee } };

SEC(SECTION)
int kind_callee(struct xdp_md *ctx)
{
	return test_verdict(ctx, 0);
}

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &programs, 1);
	return XDP_ABORTED;
}
#endif

#if defined(KIND_open_array)
/* For programs that others load. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &programs, 1);
	return test_verdict(ctx, 0);
}
#endif

#if defined(KIND_redirect)
#ifdef PINNED /* the name is one for the whole machine */
#define PORTS xdpd_test_ports
#else
#define PORTS ports
#endif
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
#ifdef PINNED
	__uint(pinning, LIBBPF_PIN_BY_NAME);
#endif
} PORTS SEC(".maps");

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	int verdict = test_verdict(ctx, 0);

	return verdict == XDP_REDIRECT ? bpf_redirect_map(&PORTS, 0, XDP_ABORTED) : verdict;
}
#endif

#if defined(KIND_stack)
/* Nearly all of the stack that a program may have. */
SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	volatile char buffer[STACK];

	for (int i = 0; i < STACK; i += 8)
		buffer[i] = i;
	return buffer[8] == 8 ? test_verdict(ctx, 0) : XDP_ABORTED;
}
#endif

#if defined(KIND_busy)
/* It takes some microseconds for each packet. */
SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	unsigned int sum = 0;

	if (data + 64 > end)
		return XDP_PASS;
#pragma clang loop unroll(disable)
	for (int i = 0; i < 5000; i++)
		sum = sum * 31 + data[i & 63];
	return sum == 7 ? XDP_ABORTED : test_verdict(ctx, 0);
}
#endif

#if defined(KIND_loop)
static long add(__u32 index, void *sum)
{
	*(__u32 *)sum += index;
	return 0;
}

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	__u32 sum = 0;

	bpf_loop(5, add, &sum, 0);
	return sum == 10 ? test_verdict(ctx, 0) : XDP_ABORTED;
}
#endif

#if defined(KIND_timer)
struct element {
	struct bpf_timer timer;
	__u64 fired;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct element);
} timers SEC(".maps");

static int fire(void *map, __u32 *key, struct element *element)
{
	element->fired++;
	return 0;
}

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct element *element = bpf_map_lookup_elem(&timers, &key);

	if (element) {
		bpf_timer_init(&element->timer, &timers, 1 /* CLOCK_MONOTONIC */);
		bpf_timer_set_callback(&element->timer, fire);
		bpf_timer_start(&element->timer, 1000, 0);
	}
	return test_verdict(ctx, 0);
}
#endif

#if defined(KIND_throw)
extern void bpf_throw(__u64 cookie) __ksym;

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	int verdict = test_verdict(ctx, 0);

	if (verdict > XDP_REDIRECT)
		bpf_throw(XDP_DROP);
	return verdict;
}
#endif

#if defined(KIND_kernel_read)
SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)0xffffffff81000000);
	return word == 1 ? XDP_DROP : test_verdict(ctx, 0);
}
#endif

#if defined(KIND_kernel_walk)
MAP(BPF_MAP_TYPE_HASH, a_hash, 4);

/* The kernel's struct of a map. */
struct bpf_map {
	__u32 max_entries;
} __attribute__((preserve_access_index));

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	struct bpf_map *map = (struct bpf_map *)&a_hash;

	return map->max_entries == 5 ? XDP_DROP : test_verdict(ctx, 0);
}
#endif

#if defined(KIND_kernel_variable)
extern const int bpf_prog_active __ksym;

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	const int *active = bpf_this_cpu_ptr(&bpf_prog_active);

	return *active == -1 ? XDP_DROP : test_verdict(ctx, 0);
}
#endif

#if defined(KIND_kernel_address)
extern const void init_task __ksym;

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	return &init_task == (void *)1 ? XDP_DROP : test_verdict(ctx, 0);
}
#endif

#if defined(KIND_kernel_argument)
__noinline int look(const int *word __attribute__((btf_decl_tag("arg:untrusted"))))
{
	return *word;
}

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	return look((const int *)0xffffffff81000000) == 1 ? XDP_DROP : test_verdict(ctx, 0);
}
#endif

#if defined(KIND_objects)
struct own {
	long verdict;
};

extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	struct own *own = bpf_obj_new_impl(__builtin_btf_type_id(*(struct own *)0, 0), NULL);
	int verdict = XDP_DROP;

	if (own) {
		own->verdict = test_verdict(ctx, 0);
		verdict = own->verdict;
		bpf_obj_drop_impl(own, NULL);
	}
	return verdict;
}
#endif

#if defined(KIND_run_config)
struct {
	__uint(priority, 7);
	__uint(XDP_PASS, 1);
	__uint(XDP_TX, 1);
} XDP_RUN_CONFIG(kind);

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	return test_verdict(ctx, 0);
}
#endif

#ifndef LICENSE
#define LICENSE "GPL"
#endif
char _license[] SEC("license") = LICENSE;

#if defined(KIND_module_function)
/* Of the kernel module nf_flow_table, from 6.11 on. */
struct flow_offload_tuple_rhash {
	int unused;
};
struct bpf_flowtable_opts {
	__s32 error;
};
extern struct flow_offload_tuple_rhash *bpf_xdp_flow_lookup(struct xdp_md *ctx,
							    struct bpf_fib_lookup *tuple,
							    struct bpf_flowtable_opts *opts,
							    __u32 size) __ksym;

SEC(SECTION)
int kind(struct xdp_md *ctx)
{
	struct bpf_flowtable_opts opts = {};
	struct bpf_fib_lookup tuple = { .ifindex = ctx->ingress_ifindex };

	return bpf_xdp_flow_lookup(ctx, &tuple, &opts, sizeof(opts)) ? XDP_ABORTED
								     : test_verdict(ctx, 0);
}
#endif
