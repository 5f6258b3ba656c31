// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/grace-period.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <stdint.h>

int grace_period_init(struct grace_period *grace_period, struct error *error)
{
	cleanup(closep) int inner = -1;
	int outer;

	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "xdpd_grace", sizeof(uint32_t), sizeof(uint32_t),
			       1, NULL);
	if (inner >= 0) {
		LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = inner);

		outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "xdpd_grace", sizeof(uint32_t),
				       sizeof(uint32_t), 1, &options);
	}
	if (inner < 0 || outer < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot create a BPF map (%s)%s", errno_name(errno),
				 errno == EPERM
					 ? "; xdpd must run as root, with CAP_BPF, CAP_NET_ADMIN, "
					   "CAP_PERFMON and CAP_SYS_ADMIN"
					 : "");
	grace_period->outer_fd = outer;
	grace_period->inner_fd = steal_fd(&inner);
	return 0;
}

void grace_period_done(struct grace_period *grace_period)
{
	closep(&grace_period->outer_fd);
	closep(&grace_period->inner_fd);
}

int grace_period_wait(struct grace_period *grace_period, struct error *error)
{
	uint32_t key = 0, value = grace_period->inner_fd;

	if (bpf_map_update_elem(grace_period->outer_fd, &key, &value, BPF_ANY) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot wait for packets in flight: %s", errno_name(errno));
	return 0;
}
