// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/info/link-info.h"

#include <bpf/bpf.h>
#include <errno.h>

int link_info_read(int fd, struct link_info *ret)
{
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);

	if (bpf_link_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	*ret = (struct link_info){ .id = info.id, .program_id = info.prog_id };
	if (info.type == BPF_LINK_TYPE_XDP)
		ret->ifindex = info.xdp.ifindex;
	if (info.type == BPF_LINK_TYPE_TRACING) {
		ret->target_program_id = info.tracing.target_obj_id;
		ret->target_function_id = info.tracing.target_btf_id;
	}
	return 0;
}
