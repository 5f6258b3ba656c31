// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The rootlet: runs the slots in order, tests the proceed set after each, counts where the packet
 * left the chain and with which verdict.
 */
#include "bpf/placeholders/slots.h"

const volatile struct rootlet_config config = {
	.proceed = { [0] = ROOTLET_END },
	.counting = 1,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, ROOTLET_SLOTS + 1);
	__type(key, __u32);
	__type(value, struct rootlet_row);
} counters SEC(".maps");

/*
 * The common proceed set, pass alone, has a test of its own, of one instruction; the branches
 * between the two depend on read-only data and are gone from the program that runs.
 */
#define RUN_SLOT(number)                                                    \
	proceed = config.proceed[number];                                   \
	row = number;                                                       \
	if (proceed == ROOTLET_END)                                         \
		goto end;                                                   \
	verdict = slot_##number(ctx);                                       \
	if (proceed == 1 << XDP_PASS) {                                     \
		if (verdict != XDP_PASS)                                    \
			goto leave;                                         \
	} else if (verdict > ROOTLET_NOBODY || !(proceed >> verdict & 1)) { \
		goto leave;                                                 \
	}

SEC("xdp")
int xdpd_rootlet(struct xdp_md *ctx)
{
	struct rootlet_row *counter;
	__u32 proceed, row, verdict;

	EACH_SLOT(RUN_SLOT)
	row = ROOTLET_SLOTS;
end:
	verdict = XDP_PASS;
leave:
	if (verdict > XDP_REDIRECT)
		verdict = XDP_ABORTED;
	if (!config.counting)
		return verdict;
	counter = bpf_map_lookup_elem(&counters, &row);
	if (counter)
		counter->verdict[verdict]++;
	return verdict;
}

char _license[] SEC("license") = "GPL";
