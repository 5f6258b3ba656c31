// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A small firewall: drops IPv4 packets whose source address is in a list of prefixes.
 *
 *	xdpctl attach blocklist.bpf.o --dev eth0
 *	bpftool map update id MAP key hex 18 00 00 00 c6 33 64 00 value hex 00   # 198.51.100.0/24
 *
 * A key is the prefix length (32 bits in the machine's byte order), followed by the address.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <xdp/xdp_helpers.h>

struct prefix {
	__u32 length;
	__u32 address;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 10000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u8);
} blocked SEC(".maps");

/* A low priority value runs it early, and other components only get the packets that it lets through. */
struct {
	__uint(priority, 10);
	__uint(XDP_PASS, 1);
} XDP_RUN_CONFIG(blocklist);

SEC("xdp")
int blocklist(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct prefix key = { .length = 32 };

	if ((void *)(ip + 1) > data_end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	key.address = ip->saddr;
	return bpf_map_lookup_elem(&blocked, &key) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
