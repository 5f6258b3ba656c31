#pragma once

/*
 * Slots: for who writes a rootlet, be it xdpd's own or a policy ('xdpctl policy set').
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
 * declares a placeholder of that name: a global function that a component takes the place of. The
 * second word is its context, among its parameters in any position; up to four more are numbers.
 * A component for it has the same parameters, and its section names it:
 *
 *	SEC("freplace/on_tcp") int web_only(struct xdp_md *ctx, __u32 offset)
 *
 * A placeholder must
 *  - be global, and nothing a compiler knows the result or the use of the arguments of: it is weak,
 *    so that another definition may come, and its result is volatile;
 *  - look as if it could change the packet, or kernels with commit 81f6d0530ba0 refuse extensions
 *    that do (the call below is never made). So pointers into the packet are lost behind a slot;
 *  - return something that is no verdict, to tell "nobody here" from "pass".
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/* What a slot returns that nobody fills: none of the five verdicts of enum xdp_action. */
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
