#pragma once

/*
 * A placeholder is a global function that an extension can take the place of while the program
 * runs. To be replaceable by any component it must
 *  - be global and never inlined or folded (volatile);
 *  - look as if it could change the packet, or kernels with commit 81f6d0530ba0 refuse extensions
 *    that do (the call below is never made);
 *  - return something that is no verdict, to tell "nobody here" from "pass".
 */
#include "bpf/rootlet.h"

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define PLACEHOLDER(name)                                                                          \
	__noinline int name(struct xdp_md *ctx)                                                    \
	{                                                                                          \
		volatile int ret = ROOTLET_NOBODY;                                                 \
                                                                                                   \
		if (ret != ROOTLET_NOBODY)                                                         \
			bpf_xdp_adjust_tail(ctx, 0);                                               \
		return ret;                                                                        \
	}
