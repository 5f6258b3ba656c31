#pragma once

#include "base/error.h"
#include "daemon/kernel/xdp-mode.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* The XDP program because of which the kernel refuses to attach another one. */
struct attach_blocker {
	unsigned int ifindex; /* of the device that runs it; 0: there is no such program */
	char ifname[IF_NAMESIZE];
	enum {
		BLOCKER_SELF,  /* the device itself */
		BLOCKER_ABOVE, /* a device directly above it */
		BLOCKER_BELOW,
	} where;
	/* Of the device itself: */
	bool can_be_adopted;
	uint32_t link_id; /* 0: it is not attached by a link, or that one is unknown */
};

/*
 * Sets the error for a refusal of the kernel to attach the program to the device, and returns
 * `failure`, a negative errno. The sentence has the kernel's own reason, and names the program or the
 * other device that is in the way, which is also in `*ret`. In the namespace of the device.
 */
int attach_refused(int failure, int program_fd, unsigned int ifindex, const char *ifname,
		   enum xdp_mode mode, struct attach_blocker *ret, struct error *error);

/*
 * Would the kernel refuse to attach the program because of another one? Then the same error. Nothing is
 * attached, and the driver is not asked. In the namespace of the device.
 */
int attach_check(int program_fd, unsigned int ifindex, const char *ifname, enum xdp_mode mode,
		 struct attach_blocker *ret, struct error *error);

/*
 * bpf_xdp_attach(3) with `flags` of XDP_FLAGS_*; with XDP_FLAGS_REPLACE only in place of
 * `old_program_fd`. `*ret` is 0 or a negative errno; then the result is the kernel's own sentence, to
 * be freed, or NULL if it gave none.
 */
char *attach_netlink(unsigned int ifindex, int program_fd, unsigned int flags, int old_program_fd,
		     int *ret);
