/* What the benchmark puts into chains, chosen by -DBENCH_...: nothing, a counter, a parser. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#ifdef BENCH_nothing
SEC("xdp")
int bench(struct xdp_md *ctx)
{
	return XDP_PASS;
}
#endif

#ifdef BENCH_counter
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int bench(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&packets, &key);

	if (count)
		(*count)++;
	return XDP_PASS;
}
#endif

#ifdef BENCH_parser
SEC("xdp")
int bench(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > data_end || ethernet->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->protocol != 17 || ip->ihl != 5)
		return XDP_PASS;
	return udp->dest == bpf_htons(4789) ? XDP_DROP : XDP_PASS;
}
#endif

char _license[] SEC("license") = "GPL";
