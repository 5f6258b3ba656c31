// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/info/xdp-features.h"

#include "base/uapi.h"

#include <bpf/libbpf.h>

/* False: the device does not exist, or cannot be queried. */
static bool read_flags(unsigned int ifindex, unsigned long long *ret)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	if (bpf_xdp_query(ifindex, 0, &query) < 0)
		return false;
	*ret = query.feature_flags;
	return true;
}

bool xdp_features_native(unsigned int ifindex)
{
	unsigned long long flags;

	return read_flags(ifindex, &flags) && flags & UAPI_XDP_ACT_BASIC;
}

bool xdp_features_drop_redirects(unsigned int ifindex)
{
	unsigned long long flags;

	return read_flags(ifindex, &flags) && !(flags & UAPI_XDP_ACT_NDO_XMIT);
}
