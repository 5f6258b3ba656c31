// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/trace-state.h"

#include <bpf/bpf.h>
#include <errno.h>

static int create(const char *name, uint32_t size, uint32_t n_entries, struct error *error)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, name, sizeof(uint32_t), size, n_entries,
				NULL);

	if (fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot create the map '%s' of a trace: %s", name,
				 errno_name(errno));
	return fd;
}

int trace_state_new(struct error *error)
{
	return create("xdpd_journey", sizeof(struct trace_state), 1, error);
}

int trace_samples_new(uint32_t n_tracers, struct error *error)
{
	return create("xdpd_samples", sizeof(uint32_t), n_tracers, error);
}
