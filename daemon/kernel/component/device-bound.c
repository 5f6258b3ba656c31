// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/device-bound.h"

#include "base/uapi.h"

#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>

__u32 device_bound_flags(bool frags, unsigned int bound_to)
{
	return (frags ? BPF_F_XDP_HAS_FRAGS : 0) | (bound_to ? UAPI_XDP_DEV_BOUND_ONLY : 0);
}

/* These are the errnos of bpf_prog_dev_bound_init(). */
bool device_bound_explain(int failure, const char *subject, unsigned int bound_to,
			  struct error *error)
{
	char ifname[IF_NAMESIZE];

	if (!if_indextoname(bound_to, ifname)) {
		error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV,
			  "%s cannot be bound, because its device disappeared", subject);
		return true;
	}
	if (failure != -EOPNOTSUPP)
		return false;
	error_set(error, ERROR_DEVICE_REFUSED, failure,
		  "%s cannot be bound to %s, whose driver does not support native XDP", subject,
		  ifname);
	return true;
}
