// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The placeholders, compiled, and described by BTF. The program only keeps them together: it is what
 * extensions are verified against. The rootlets that run have the same functions, and a main
 * function that is made for the chain (daemon/linkers/codegen/layout.c): proceed sets and places are
 * constants in its instructions, where from here they would be looked up for every packet.
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
