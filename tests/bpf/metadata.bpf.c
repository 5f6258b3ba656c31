// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Asks the device about each frame, and does with it what its first byte says. What the answers were is
 * in the map `seen`. The hash is had in either of two ways: its function has taken the type of the hash,
 * too, since the last days of Linux 6.3.
 */
#include "common.h"

#include <xdpd/one-of.h>

/* The kernel's has more; of one that is only declared the size would be 0, and no kernel takes such BTF. */
enum xdp_rss_hash_type { XDP_RSS_TYPE_NONE };
extern int bpf_xdp_metadata_rx_hash___old(const struct xdp_md *ctx, __u32 *hash) __ksym __weak
	__one_of(hash);
extern int bpf_xdp_metadata_rx_hash___new(const struct xdp_md *ctx, __u32 *hash,
					  enum xdp_rss_hash_type *type) __ksym __weak
	__one_of(hash);
extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym __weak;
extern int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *ctx, __be16 *protocol,
					__u16 *tci) __ksym __weak;

/* Place 0; what is asked for and cannot be had stays 0, but for its result. */
struct answers {
	__u64 frames;
	__u64 hashes; /* that were had */
	__u64 hash;   /* the last one */
	__s64 hash_result;
	__u64 flavour; /* 1: old, 2: new */
	__s64 timestamp_result;
	__s64 vlan_result;
	__u64 vlan;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct answers);
} seen SEC(".maps");

static __always_inline int ask_hash(struct xdp_md *ctx, __u32 *hash, struct answers *answers)
{
	enum xdp_rss_hash_type type = XDP_RSS_TYPE_NONE;

	if (bpf_ksym_exists(bpf_xdp_metadata_rx_hash___new)) {
		answers->flavour = 2;
		return bpf_xdp_metadata_rx_hash___new(ctx, hash, &type);
	}
	if (bpf_ksym_exists(bpf_xdp_metadata_rx_hash___old)) {
		answers->flavour = 1;
		return bpf_xdp_metadata_rx_hash___old(ctx, hash);
	}
	return -1;
}

#ifndef SECTION
#define SECTION "xdp"
#endif

SEC(SECTION)
int metadata(struct xdp_md *ctx)
{
	__u32 place = 0, hash = 0;
	__u64 timestamp = 0;
	__be16 protocol = 0;
	__u16 tci = 0;
	struct answers *answers = bpf_map_lookup_elem(&seen, &place);

	if (!answers)
		return XDP_ABORTED;
	__sync_fetch_and_add(&answers->frames, 1);
	answers->hash_result = ask_hash(ctx, &hash, answers);
	if (!answers->hash_result) {
		__sync_fetch_and_add(&answers->hashes, 1);
		answers->hash = hash;
	}
	if (bpf_ksym_exists(bpf_xdp_metadata_rx_timestamp))
		answers->timestamp_result = bpf_xdp_metadata_rx_timestamp(ctx, &timestamp);
	if (bpf_ksym_exists(bpf_xdp_metadata_rx_vlan_tag)) {
		answers->vlan_result = bpf_xdp_metadata_rx_vlan_tag(ctx, &protocol, &tci);
		answers->vlan = tci;
	}
	return test_verdict(ctx, 0);
}

char _license[] SEC("license") = "GPL";
