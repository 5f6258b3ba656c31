// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does with a frame what its byte PLACE says. */
#include "common.h"

SEC("xdp")
int verdict(struct xdp_md *ctx)
{
	return test_verdict(ctx, PLACE);
}

char _license[] SEC("license") = "GPL";
