#include "daemon/kernel/xdp-features.h"

#include "base/uapi.h"

#include <bpf/libbpf.h>

static unsigned long long read_flags(unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	return bpf_xdp_query(ifindex, 0, &query) < 0 ? 0 : query.feature_flags;
}

bool xdp_features_native(unsigned int ifindex)
{
	return read_flags(ifindex) & UAPI_XDP_ACT_BASIC;
}
