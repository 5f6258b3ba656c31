// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/trace-state.h"

#include <bpf/bpf.h>
#include <errno.h>

int trace_state_new(struct error *error)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "xdpd_journey", sizeof(uint32_t),
				sizeof(struct trace_state), 1, NULL);

	if (fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot create the map of a policy's trace: %s",
				 errno_name(errno));
	return fd;
}
