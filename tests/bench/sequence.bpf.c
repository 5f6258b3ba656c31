// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Looks at the sequence numbers of the frames of tests/integration/packets.c, sees what is missing
 * or out of order, and lets them go no further. One queue, so that one CPU has it at a time.
 */
#include "tests/bpf/common.h"

struct seen {
	__u64 packets;
	__u64 next;
	__u64 lost;
	__u64 disordered;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seen);
} seen SEC(".maps");

SEC("xdp")
int sequence(struct xdp_md *ctx)
{
	struct test_frame *frame = test_frame(ctx);
	__u32 key = 0;
	struct seen *now = bpf_map_lookup_elem(&seen, &key);

	if (!frame || !now)
		return XDP_PASS;
	now->packets++;
	if (frame->sequence < now->next) {
		now->disordered++;
		now->lost--;
		return XDP_DROP;
	}
	now->lost += frame->sequence - now->next;
	now->next = frame->sequence + 1;
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
