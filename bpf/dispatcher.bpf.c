// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The placeholders, compiled and with BTF. This program only holds them together, so that extensions can be
 * verified against it. The rootlets that run have the same functions, and a main function that is generated
 * for the chain (daemon/linkers/codegen/layout.c): proceed sets and counter rows are constants in its
 * instructions, because looking them up would cost every packet.
 */
#include "bpf/placeholders/account.h"
#include "bpf/placeholders/chain.h"

#define RUN_SLOT(number) verdict ^= slot_##number(ctx);

SEC("xdp")
int xdpd_rootlet(struct xdp_md *ctx)
{
	int verdict = 0;

	EACH_SLOT(RUN_SLOT)
	return account(0, verdict);
}

char _license[] SEC("license") = "GPL";
