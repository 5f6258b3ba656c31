// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/attach-refusal.h"

#include "base/cleanup.h"
#include "daemon/kernel/foreign.h"
#include "daemon/kernel/info/xdp-features.h"
#include "daemon/kernel/netdev-stack.h"
#include "object/libbpf-log.h"

#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/*
 * How libbpf begins the line with the kernel's explanation of a netlink error (tools/lib/bpf/nlattr.c).
 */
#define KERNEL_MESSAGE "Kernel error message: "

static unsigned int mode_flag(enum xdp_mode mode)
{
	return mode == MODE_SKB ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
}

/*
 * The kernel's sentence for the latest refusal by netlink, to be freed. NULL: the kernel gave no sentence.
 */
static char *find_reason(const struct libbpf_log *log)
{
	const char *reason = strstr(log->text, KERNEL_MESSAGE);

	if (!reason)
		return NULL;
	reason += strlen(KERNEL_MESSAGE);
	return strndup(reason, strcspn(reason, "\n"));
}

char *attach_netlink(unsigned int ifindex, int program_fd, unsigned int flags, int old_program_fd,
		     int *ret)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = old_program_fd);
	cleanup(libbpf_log_end) struct libbpf_log log;

	libbpf_log_begin(&log);
	*ret = bpf_xdp_attach(ifindex, program_fd, flags,
			      flags & XDP_FLAGS_REPLACE ? &options : NULL);
	return *ret < 0 ? find_reason(&log) : NULL;
}

/*
 * The kernel refuses a BPF link with an errno alone, and writes its sentence to a tracepoint. Netlink makes
 * the same checks and answers with the sentence. If the reason has just ceased to exist, netlink attaches
 * the program; it is ours, and is detached at once.
 */
static char *ask_kernel(int program_fd, unsigned int ifindex, enum xdp_mode mode)
{
	unsigned int flag = mode_flag(mode);
	int result;
	char *reason = attach_netlink(ifindex, program_fd, flag | XDP_FLAGS_UPDATE_IF_NOEXIST, -1,
				      &result);

	if (result < 0)
		return reason;
	attach_netlink(ifindex, -1, flag | XDP_FLAGS_REPLACE, program_fd, &result);
	return strdup("the reason no longer exists; retry");
}

/*
 * The kernel checks the expected program after it has looked at other devices, and before it asks the
 * driver. So a call with an expectation that cannot be true never attaches anything.
 */
static char *ask_about_others(int program_fd, unsigned int ifindex, enum xdp_mode mode)
{
	int result;
	cleanup(freep) char *reason = attach_netlink(
		ifindex, program_fd, mode_flag(mode) | XDP_FLAGS_REPLACE, program_fd, &result);

	return reason && !strstr(reason, "does not match expected") ? steal(reason) : NULL;
}

static void find_neighbour(unsigned int ifindex, struct attach_blocker *ret)
{
	cleanup(netdev_stack_drop) struct netdev_stack *stack = NULL;
	struct netdev_neighbour neighbour;

	if (netdev_stack_read(&stack, NULL) < 0)
		return;
	neighbour = netdev_stack_find_running(stack, ifindex);
	ret->ifindex = neighbour.ifindex;
	strcpy(ret->ifname, neighbour.ifname);
	ret->where = neighbour.is_above ? BLOCKER_ABOVE : BLOCKER_BELOW;
}

static int refuse_busy(int failure, const struct foreign *foreign, unsigned int ifindex,
		       const char *ifname, struct attach_blocker *ret, struct error *error)
{
	cleanup(freep) char *owner = foreign_describe(foreign);

	*ret = (struct attach_blocker){
		.ifindex = ifindex,
		.where = BLOCKER_SELF,
		.can_be_adopted = !foreign_why_not_adopted(foreign),
		.link_id = foreign->link_id,
	};
	snprintf(ret->ifname, sizeof(ret->ifname), "%s", ifname);
	return error_set(error, ERROR_DEVICE_BUSY, failure,
			 "%s already runs %s, which xdpd does not manage", ifname,
			 owner ?: "another XDP program");
}

static int refuse_stacked(int failure, const struct attach_blocker *blocker, const char *ifname,
			  const char *reason, struct error *error)
{
	return error_set(error, ERROR_DEVICE_BUSY, failure,
			 "cannot attach to %s because %s, which is directly %s it, runs an XDP "
			 "program%s%s%s",
			 ifname, blocker->ifname,
			 blocker->where == BLOCKER_ABOVE ? "above" : "below",
			 reason ? " (the kernel says: " : "", reason ?: "", reason ? ")" : "");
}

static int refuse_plainly(int failure, const char *ifname, enum xdp_mode mode, const char *reason,
			  struct error *error)
{
	const char *name = xdp_mode_name(mode);

	if (failure == -EOPNOTSUPP && (!reason || strstr(reason, "Underlying driver")))
		return error_set(error, ERROR_DEVICE_REFUSED, failure,
				 "the driver of %s does not support XDP in %s mode", ifname, name);
	return error_set(error, ERROR_DEVICE_REFUSED, failure,
			 "cannot attach the XDP program to %s in %s mode: %s%s%s%s", ifname, name,
			 errno_name(failure), reason ? " (the kernel says: " : "", reason ?: "",
			 reason ? ")" : "");
}

/* The kernel gives only these answers because of programs on other devices. */
static bool may_be_stacked(int failure)
{
	return failure == -EEXIST || failure == -EBUSY || failure == -EOPNOTSUPP;
}

int attach_refused(int failure, int program_fd, unsigned int ifindex, const char *ifname,
		   enum xdp_mode mode, struct attach_blocker *ret, struct error *error)
{
	cleanup(freep) struct foreign *foreign = calloc(1, sizeof(*foreign));
	cleanup(freep) char *reason = NULL;

	*ret = (struct attach_blocker){};
	if (!foreign)
		return error_memory(error);
	if (!if_indextoname(ifindex, (char[IF_NAMESIZE]){}))
		return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV, "device %s disappeared",
				 ifname);
	if ((failure == -EBUSY || failure == -EEXIST) && foreign_find(ifindex, foreign))
		return refuse_busy(failure, foreign, ifindex, ifname, ret, error);
	reason = ask_kernel(program_fd, ifindex, mode);
	if (may_be_stacked(failure))
		find_neighbour(ifindex, ret);
	if (ret->ifindex)
		return refuse_stacked(failure, ret, ifname, reason, error);
	return refuse_plainly(failure, ifname, mode, reason, error);
}

/* A bond in native mode attaches its program to its ports; in skb mode it does not. */
static bool is_native_bond(const struct attach_plan *plan)
{
	return plan->mode != MODE_SKB && netdev_is_bond(plan->ifindex) &&
	       (plan->mode == MODE_NATIVE || xdp_features_native(plan->ifindex));
}

static void find_earlier_port(const struct attach_plan *plan, struct attach_blocker *ret)
{
	cleanup(netdev_stack_drop) struct netdev_stack *stack = NULL;
	struct netdev_neighbour port;

	if (netdev_stack_read(&stack, NULL) < 0)
		return;
	port = netdev_stack_find_port(stack, plan->ifindex, plan->n_earlier, plan->earlier);
	ret->ifindex = port.ifindex;
	ret->where = BLOCKER_BELOW;
	strcpy(ret->ifname, port.ifname);
}

static int check_bond(const struct attach_plan *plan, struct attach_blocker *ret,
		      struct error *error)
{
	find_neighbour(plan->ifindex, ret);
	if (ret->ifindex && ret->where == BLOCKER_BELOW)
		return refuse_stacked(-EEXIST, ret, plan->ifname, NULL, error);
	find_earlier_port(plan, ret);
	if (!ret->ifindex)
		return 0;
	return error_set(error, ERROR_DEVICE_BUSY, -EEXIST,
			 "cannot attach to %s because %s, which is directly below it, will run an "
			 "XDP program by then",
			 plan->ifname, ret->ifname);
}

int attach_check(const struct attach_plan *plan, struct attach_blocker *ret, struct error *error)
{
	cleanup(freep) struct foreign *foreign = calloc(1, sizeof(*foreign));
	cleanup(freep) char *reason = NULL;

	*ret = (struct attach_blocker){};
	if (!foreign)
		return error_memory(error);
	if (foreign_find(plan->ifindex, foreign))
		return refuse_busy(-EBUSY, foreign, plan->ifindex, plan->ifname, ret, error);
	reason = ask_about_others(plan->program_fd, plan->ifindex, plan->mode);
	if (!reason)
		return is_native_bond(plan) ? check_bond(plan, ret, error) : 0;
	find_neighbour(plan->ifindex, ret);
	return ret->ifindex ? refuse_stacked(-EEXIST, ret, plan->ifname, reason, error)
			    : refuse_plainly(-EEXIST, plan->ifname, plan->mode, reason, error);
}
