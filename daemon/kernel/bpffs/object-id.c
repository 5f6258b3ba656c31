// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/bpffs/object-id.h"

#include <bpf/bpf.h>

uint32_t object_id(int fd)
{
	/*
	 * The kernel's information about a program, a map and a link begins with the same two fields.
	 */
	struct {
		uint32_t type;
		uint32_t id;
	} info = {};
	__u32 size = sizeof(info);

	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
}
