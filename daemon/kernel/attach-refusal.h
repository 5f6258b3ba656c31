// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/xdp-mode.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The XDP program because of which the kernel refuses to attach another one. */
struct attach_blocker {
	unsigned int ifindex; /* of the device that runs the program; 0: no program is in the way */
	char ifname[IF_NAMESIZE];
	enum {
		BLOCKER_SELF,  /* the program is on the device itself */
		BLOCKER_ABOVE, /* it is on a device directly above */
		BLOCKER_BELOW,
	} where;
	/* Only if the program is on the device itself: */
	bool can_be_adopted;
	uint32_t link_id; /* 0: the program has no link, or its link is unknown */
};

/*
 * Sets the error after the kernel refused to attach the program to the device, and returns `failure`, a
 * negative errno. The sentence has the kernel's own reason and names the program or the other device that is
 * in the way; `*ret` describes the same. The caller is in the device's network namespace.
 */
int attach_refused(int failure, int program_fd, unsigned int ifindex, const char *ifname,
		   enum xdp_mode mode, struct attach_blocker *ret, struct error *error);

/* What is about to be attached. */
struct attach_plan {
	int program_fd;
	unsigned int ifindex;
	const char *ifname;
	enum xdp_mode mode;
	/* Devices of the same network namespace that get a program before this one. */
	size_t n_earlier;
	const unsigned int *earlier;
};

/*
 * Sets the same error if another program would make the kernel refuse to attach this one. Attaches nothing,
 * and does not ask the driver. The caller is in the device's network namespace.
 */
int attach_check(const struct attach_plan *plan, struct attach_blocker *ret, struct error *error);

/*
 * Calls bpf_xdp_attach(3) with `flags` of XDP_FLAGS_*. With XDP_FLAGS_REPLACE it replaces only
 * `old_program_fd`. `*ret` is 0 or a negative errno. After a failure, returns the kernel's own sentence, to
 * be freed, or NULL if the kernel gave none.
 */
char *attach_netlink(unsigned int ifindex, int program_fd, unsigned int flags, int old_program_fd,
		     int *ret);
