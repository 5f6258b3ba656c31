// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#pragma once

/*
 * Slots, for authors of rootlets: of xdpd's own, and of policies ('xdpctl policy set').
 *
 *	XDPD_SLOT(on_tcp, ctx, struct xdp_md *ctx, __u32 offset)
 *
 *	SEC("xdp") int policy(struct xdp_md *ctx)
 *	{
 *		...
 *		verdict = on_tcp(ctx, offset);
 *		return verdict == XDPD_NOBODY ? XDP_PASS : verdict;
 *	}
 *
 * declares a placeholder of that name: a global function that a component replaces. The second argument
 * is the name of the parameter that is the context, in any position; up to four more parameters are numbers, or, from
 * Linux 5.12 on, pointers to structures.
 * A component for the slot has the same parameters, and its section names the slot:
 *
 *	SEC("freplace/on_tcp") int web_only(struct xdp_md *ctx, __u32 offset)
 *
 * A placeholder must
 *  - be global, and the compiler must not know its result or how it uses its arguments: so it is weak,
 *    which means that another definition may replace it, and its result is volatile;
 *  - look as if it could change the packet: otherwise kernels with commit 81f6d0530ba0 refuse extensions
 *    that do (the call below is never made). Therefore pointers into the packet are invalid after a slot;
 *  - return a value that is not a verdict, so that "empty" differs from "pass".
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/* What an empty slot returns: not one of the five verdicts of enum xdp_action. */
#define XDPD_NOBODY 31

#define XDPD_SLOT(name, context, ...)                    \
	__weak __noinline int name(__VA_ARGS__)          \
	{                                                \
		volatile int ret = XDPD_NOBODY;          \
                                                         \
		if (ret != XDPD_NOBODY)                  \
			bpf_xdp_adjust_tail(context, 0); \
		return ret;                              \
	}
